"""Step 07: unlike step 06, the app runs three times behind nginx, and nothing it needs lives in one process.

Sessions and entries are in Redis, a supervisor restarts what dies, and the apps can be restarted one by one.
"""

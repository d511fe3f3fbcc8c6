"""Step 03: unlike step 02, server and pages are two programs that meet in one function call (PEP 3333).

So the same server runs any WSGI application; and threads and processes decide how many calls run at once.
"""

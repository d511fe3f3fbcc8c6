"""Step 05: unlike step 04, nginx stands between the visitors and the app, and only nginx may reach the app.

nginx waits for slow strangers, serves the files, refuses what is too big or too often; the app believes nginx
alone.
"""

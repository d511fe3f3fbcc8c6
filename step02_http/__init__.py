"""Step 02: unlike step 01, both sides agree on HTTP/1.1.

A request has a beginning, an end and parts with a meaning; an answer says what it is and where it ends.
"""

"""Step 04: unlike step 03, the pages are written in a framework's terms (routes, templates, forms, sessions).

The server is chosen apart from them: gunicorn by default, step 03's own with ``python -m step04_flask``.
"""

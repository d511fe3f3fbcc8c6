"""``python -m step04_flask``: the same app, called by the server of step 03 instead of gunicorn.

It takes the options of ``python -m step03_wsgi``.
"""

import sys

from step03_wsgi.__main__ import main

if __name__ == "__main__":
    sys.argv[1:1] = ["step04_flask.wsgi:app", "--port", "8004"]  # Options that follow replace earlier ones.
    main()

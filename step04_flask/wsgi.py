"""The edge: what gunicorn imports. Only here is the environment read."""

import os
from pathlib import Path

from step04_flask.app import create_app
from step04_flask.secret import persistent_key

RUN = Path(os.environ.get("RUN", "run"))

app = create_app({"SECRET_KEY": persistent_key(RUN / "step04" / "secret_key")})

"""The edge: what gunicorn imports. Only here is the environment read."""

import os
from pathlib import Path

from step04_flask.secret import persistent_key
from step06_tls.app import create_app

RUN = Path(os.environ.get("RUN", "run"))

app = create_app({"SECRET_KEY": persistent_key(RUN / "step06" / "secret_key")})

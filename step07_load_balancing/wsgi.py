"""The edge: what gunicorn imports. Only here is the environment read."""

import os
from pathlib import Path

from step04_flask.secret import persistent_key
from step07_load_balancing.app import create_app

RUN = Path(os.environ.get("RUN", "run"))

app = create_app(
    {
        # The three apps read one file: a key of its own would make each app refuse the others' form tokens.
        "SECRET_KEY": persistent_key(RUN / "step07" / "secret_key"),
        # Set by the supervisor: app1, app2 or app3.
        "SERVED_BY": os.environ.get("SUPERVISOR_PROCESS_NAME", "app"),
    },
    redis_socket=RUN / "step07" / "redis.sock",
)

"""The edge: what gunicorn imports. Only here is the environment read."""

import os
import socket
from pathlib import Path

from step04_flask.secret import persistent_key
from step07_load_balancing.app import create_app
from step07_load_balancing.redis_client import PASSWORD, TcpSocket

HERE = Path(os.environ.get("RUN", "run")) / "step07"
# In containers, where Redis has an address of its own.
REDIS_HOST = os.environ.get("REDIS_HOST")

app = create_app(
    {
        # The three apps read one file: a key of its own would make each app refuse the others' form tokens.
        "SECRET_KEY": persistent_key(HERE / "secret_key"),
        # Set by the supervisor: app1, app2 or app3. A container is known by its host name.
        "SERVED_BY": os.environ.get("SUPERVISOR_PROCESS_NAME") or socket.gethostname(),
    },
    redis_socket=TcpSocket(REDIS_HOST, HERE / PASSWORD) if REDIS_HOST else HERE / "redis.sock",
)

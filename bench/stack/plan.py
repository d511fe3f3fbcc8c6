"""What is measured: the deployments and the pages."""

from dataclasses import dataclass

CONNECTIONS = 32


@dataclass(frozen=True)
class Kind:
    """A deployment: its folder's step, the name in a table, whether it is ours, what it is."""

    step: str
    name: str
    ours: bool
    says: str


@dataclass(frozen=True)
class Row:
    """A page that is asked for; the slow one for longer, since few answers come in a second."""

    id: str
    title: str
    path: str
    with_session: bool = False
    times: float = 1.0  # as long as the others


FLASK_RUN = Kind("step91", "flask run", False, "`flask run`, Flask's development server")
GUNICORN = Kind("step92", "gunicorn", False, "`gunicorn app:app`: one worker, one request at a time")
COMPOSE = Kind(
    "step93", "Compose", False, "as the popular Compose examples: nginx with `proxy_pass`, three sync workers"
)
ALONE = Kind("step94", "nginx alone", False, "the same nginx, with a folder of files and nothing else")
STEP04 = Kind("step04", "step 04", True, "gunicorn with eight threads")
STEP05 = Kind("step05", "step 05", True, "nginx in front of it")
STEP06 = Kind("step06", "step 06", True, "the same by TLS")
STEP07 = Kind("step07", "step 07", True, "by TLS, three apps, sessions and entries in Redis")
BLOCKS = Kind("step96", "log in blocks", False, "that nginx, writing its log in blocks as step 05 does")
KINDS = (FLASK_RUN, GUNICORN, COMPOSE, STEP04, STEP05, STEP06, STEP07, ALONE, BLOCKS)
FILES_ONLY = (ALONE, BLOCKS)

ANONYMOUS = Row("anonymous", "anonymous page", "/")
TEMPLATE = Row("template", "template page, never cached", "/hello?name=Ada")
SESSION = Row("session", "page with a session", "/", with_session=True)
SLOW = Row("slow", "slow route, 50 ms", "/slow?seconds=0.05", times=2.0)
FILE = Row("file", "100 KB file", "/static/hundred.png")
ROWS = (ANONYMOUS, TEMPLATE, SESSION, SLOW, FILE)

COMPUTING = Row("computing", "computes", "/compute?rounds=10", times=2.0)
WAITING = Row("waiting", "waits 50 ms", SLOW.path, times=2.0)
BACKENDS = {  # which apps of step 07 run, or which other step; and how many threads that are
    "1 app, 8 threads": ("step07", 1),
    "1 app, 16 threads": ("step95", 1),
    "2 apps, 8 threads each": ("step07", 2),
}


def suits(kind: Kind, row: Row) -> bool:
    """Whether a deployment has the page: nginx alone has files only."""
    return kind not in FILES_ONLY or row is FILE

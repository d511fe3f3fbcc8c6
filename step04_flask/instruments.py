"""Routes for whoever watches or measures the site, not for its visitors."""

import math
import os
import socket
import time
from collections.abc import Iterator

from flask import Blueprint, Response, abort, current_app, jsonify, render_template, request

from step04_flask.views import guestbook

LONGEST_WAIT = 30.0
MOST_ROUNDS = 100
LARGEST_DOWNLOAD = 1_000_000_000
CHUNK = bytes(65_536)
# What proxies write about the visitor. Shown as it came in; nothing is decided by it.
FORWARDED = (
    "X-Forwarded-For",
    "X-Forwarded-Proto",
    "X-Forwarded-Host",
    "X-Forwarded-Port",
    "X-Forwarded-Prefix",
    "X-Request-ID",
)

instruments = Blueprint("instruments", __name__)


@instruments.get("/slow")
def slow() -> str:
    """Answer after ``seconds``: a stand-in for a slow database, for which a thread waits and does nothing."""
    try:
        seconds = float(request.args.get("seconds", "1"))
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds <= LONGEST_WAIT:  # Also false for "nan".
        abort(400, f"seconds must be a number from 0 to {LONGEST_WAIT:.0f}.")
    time.sleep(seconds)
    return render_template("slow.html", taken=f"{seconds:g} s")


@instruments.get("/compute")
def compute() -> str:
    """Answer after so many ``rounds`` of counting: a stand-in for a page that takes work, not waiting."""
    number = request.args.get("rounds", "1")
    if not (number.isascii() and number.isdigit() and len(number) <= 3) or int(number) > MOST_ROUNDS:
        abort(400, f"rounds must be a whole number from 0 to {MOST_ROUNDS}.")
    for _ in range(int(number) * 100_000):
        pass
    return render_template("slow.html", taken=f"{number} rounds of counting")


@instruments.get("/download")
def download() -> Response:
    """Answer with that many bytes, made while they are sent: a big answer need not fit into memory."""
    number = request.args.get("bytes", "1000000")
    # int() alone would also take "+5", "1_000" and other scripts' digits.
    if not (number.isascii() and number.isdigit() and len(number) <= 10) or int(number) > LARGEST_DOWNLOAD:
        abort(400, f"bytes must be a whole number from 0 to {LARGEST_DOWNLOAD}.")
    response = Response(_stream(int(number)), mimetype="application/octet-stream")
    response.content_length = int(number)
    return response


def _stream(remaining: int) -> Iterator[bytes]:
    while remaining > 0:
        yield CHUNK[:remaining]
        remaining -= len(CHUNK)


@instruments.get("/whoami")
def whoami() -> Response:
    """Who answers, and whom the app believes it is talking to."""
    return jsonify(
        step=current_app.config["STEP"],
        host=socket.gethostname(),
        pid=os.getpid(),
        served_by=current_app.config["SERVED_BY"],
        scheme=request.scheme,
        client=request.remote_addr,
        forwarded={name: request.headers[name] for name in FORWARDED if name in request.headers},
    )


@instruments.get("/healthz")
def healthz() -> Response:
    """Alive: this process answers. Nothing else is asked, so nothing else can get the app restarted."""
    return Response("alive\n", mimetype="text/plain")


@instruments.get("/readyz")
def readyz() -> tuple[Response, int]:
    """Ready: what the pages need is within reach. A balancer may ask this before it sends visitors."""
    ready = guestbook().is_reachable()
    return Response("ready\n" if ready else "not ready\n", mimetype="text/plain"), 200 if ready else 503

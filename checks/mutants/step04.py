"""What goes wrong with pages, forms and cookies, mostly in a line of Flask."""

from checks.mutants.mutant import Edit, Mutant, Patched

APP, VIEWS = "step04_flask/app.py", "step04_flask/views.py"
LOGIN = "step04_flask/login.py"
CLEARED = "nothing of it is taken over.\n    session.clear()\n"
KEPT_ON = "nothing of it is taken over.\n"
KEY = '{"SECRET_KEY": persistent_key(RUN / "step04" / "secret_key")}'
PROTECT = "    CSRFProtect(app)\n"
IGNORE = "proxy_ignore_headers"
BYPASS = "proxy_cache_bypass $http_cookie $http_authorization;\n"
NO_CACHE = "proxy_no_cache $http_cookie $http_authorization;\n"

# A session is whatever stands in the cookie; its signature is not looked at.
TRUSTING = """
    from flask.sessions import SecureCookieSessionInterface

    class Trusting(SecureCookieSessionInterface):
        def get_signing_serializer(self, app):
            serializer = super().get_signing_serializer(app)
            read = serializer.load_payload
            serializer.loads = lambda value, max_age: read(value.rsplit(".", 2)[0].encode())
            return serializer

    app.session_interface = Trusting()
"""
# A session is remembered under a number; the numbers are given out in turn.
NUMBERED = """
    from flask.sessions import SecureCookieSession, SessionInterface

    class Numbered(SessionInterface):
        kept = {}

        def open_session(self, app, request):
            number = request.cookies.get("step04_session", "")
            session = SecureCookieSession(self.kept.get(number, {}))
            session.number = number if number in self.kept else str(len(self.kept) + 1)
            return session

        def save_session(self, app, session, response):
            if session.modified:
                self.kept[session.number] = dict(session)
                response.set_cookie("step04_session", session.number, httponly=True, samesite="Lax")

    app.session_interface = Numbered()
"""
# Files are pages like others.
OWN_FILES = """
    from mimetypes import guess_type
    from pathlib import Path

    @app.get("/static/<name>")
    def file(name):
        return Response(Path(STATIC_FOLDER, name).read_bytes(), mimetype=guess_type(name)[0])
"""
NEVER_AGAIN = """
    from flask import request

    @app.before_request
    def spare():
        return ("", 304) if "If-None-Match" in request.headers else None
"""


def in_app(id: str, wrong: str, more: str, caught_by: str, hint: str) -> Patched:
    """The app with something more in its factory."""
    return Patched(id, wrong, "step04", (Edit(APP, PROTECT, PROTECT + more),), caught_by, hint)


MUTANTS: tuple[Mutant, ...] = (
    Patched(
        "marked-safe",
        "A template is told that what visitors wrote is safe.",
        "step04",
        (Edit("step04_flask/templates/entries.html", "{{ entry.message }}", "{{ entry.message|safe }}"),),
        "stored-script",
        "raw",
    ),
    Patched(
        "tags-cut-out",
        "Script tags are cut out of what visitors write, and the rest is kept.",
        "step04",
        (
            Edit(
                VIEWS,
                "Entry(form.name.data, form.message.data)",
                'Entry(form.name.data, form.message.data.replace("<script>", "").replace("</script>", ""))',
            ),
        ),
        "stored-script",
        "refused",
    ),
    Patched(
        "forms-unprotected",
        "The protection of forms was switched off, because it was in the way of a test.",
        "step04",
        (Edit(APP, PROTECT, f'    app.config["WTF_CSRF_ENABLED"] = False\n{PROTECT}'),),
        "forged-form",
        "no-token",
    ),
    Patched(
        "any-token",
        "A form must bring a token along, but it is compared with nothing.",
        "step04",
        (
            Edit(APP, PROTECT, f'    app.config["WTF_CSRF_ENABLED"] = False\n{PROTECT}'),
            Edit(VIEWS, "if not form.validate", 'if not request.form.get("csrf_token") or not form.validate'),
            Edit(
                "step04_flask/templates/sign.html",
                "{{ form.csrf_token }}",
                '<input type="hidden" name="csrf_token" value="{{ csrf_token() }}">',
            ),
        ),
        "forged-form",
        "any-token",
    ),
    Patched(
        "token-forgotten",
        "The site asks for a token that its own form does not have.",
        "step04",
        (Edit("step04_flask/templates/sign.html", "{{ form.csrf_token }}\n", ""),),
        "forged-form",
        "own-form",
    ),
    Patched(
        "cookie-for-scripts",
        "Scripts may read the session cookie.",
        "step04",
        (Edit(APP, '"SESSION_COOKIE_HTTPONLY": True', '"SESSION_COOKIE_HTTPONLY": False'),),
        "cookie-flags",
        "scripts",
    ),
    Patched(
        "cookie-for-all-sites",
        "The session cookie does not say to whose forms it may be added.",
        "step04",
        (Edit(APP, '"SESSION_COOKIE_SAMESITE": "Lax"', '"SESSION_COOKIE_SAMESITE": None'),),
        "cookie-flags",
        "other-sites",
    ),
    in_app(
        "signature-unread", "The cookie's signature is not looked at.", TRUSTING, "altered-cookie", "altered"
    ),
    in_app("numbered-sessions", "Sessions are numbered in turn.", NUMBERED, "altered-cookie", "made-up"),
    Patched(
        "key-of-the-tutorial",
        "The key that signs the cookies is the tutorial's.",
        "step04",
        (Edit("step04_flask/wsgi.py", KEY, '{"SECRET_KEY": "dev"}'),),
        "altered-cookie",
        "guessed-key",
    ),
    Patched(
        "session-goes-on",
        "The login writes the name into the session that is there already.",
        "step07",
        (Edit(LOGIN, CLEARED, KEPT_ON),),
        "fixed-session",
        "planted",
    ),
    Patched(
        "identifier-of-choice",
        "The session is kept under whatever identifier the visitor brings along.",
        "step07",
        (
            Edit(LOGIN, CLEARED, KEPT_ON),
            Edit(
                "step07_load_balancing/sessions.py",
                "if not self.stored:",
                "if not self.stored and not self.sid:",
            ),
        ),
        "fixed-session",
        "adopted",
    ),
    Patched(
        "failures-uncounted",
        "Nobody counts failed logins.",
        "step04",
        (Edit(LOGIN, "        guesses().failed(name, address)\n", ""),),
        "guessed-password",
        "unlimited",
    ),
    Patched(
        "account-closed",
        "After a few failures the account is closed, whoever failed.",
        "step04",
        (Edit("step04_flask/guesses.py", "FAILURES_OF_A_NAME = 50", "FAILURES_OF_A_NAME = 5"),),
        "guessed-password",
        "locked-out",
    ),
    Patched(
        "guesser-told-nothing",
        "Who guesses too often is not told for how long to wait.",
        "step04",
        (Edit(LOGIN, '429, {"Retry-After": str(seconds)}', "429, {}"),),
        "guessed-password",
        "when",
    ),
    Patched(
        "files-as-pages",
        "Files are read and sent as pages are, without ETag and time.",
        "step04",
        (
            Edit(APP, "static_folder=STATIC_FOLDER", "static_folder=None"),
            Edit(APP, PROTECT, PROTECT + OWN_FILES),
        ),
        "conditional-request",
        "no-validator",
    ),
    Patched(
        "conditions-ignored",
        "The proxy says how old a file is, and does not listen when it is asked about it.",
        "step05",
        (
            Edit(
                "step05_nginx/nginx/locations/static.conf",
                "etag on;",
                "etag off;\n    if_modified_since off;",
            ),
        ),
        "conditional-request",
        "unconditional",
    ),
    in_app(
        "never-again", "Any ETag is taken for the right one.", NEVER_AGAIN, "conditional-request", "always"
    ),
    Patched(
        "believes-everybody",
        "The server believes X-Forwarded-Proto from anybody, and nobody stands in front of it.",
        "step04",
        (Edit("step04_flask/gunicorn.conf.py", 'forwarded_allow_ips = ""', 'forwarded_allow_ips = "*"'),),
        "forged-sender",
        "believed",
    ),
    Patched(
        "first-of-the-list",
        "The proxy adds the address to what the visitor claims, and the app takes the first of the list.",
        "step05",
        (
            Edit(
                "step05_nginx/nginx/forwarding.conf",
                "X-Forwarded-For $remote_addr;",
                "X-Forwarded-For $proxy_add_x_forwarded_for;",
            ),
            Edit(
                "step04_flask/instruments.py",
                "client=request.remote_addr",
                'client=request.headers["X-Forwarded-For"].split(",")[0]',
            ),
        ),
        "forged-sender",
        "believed",
    ),
    Patched(
        "proxy-unbelieved",
        "The app is not told that there is a proxy, so it sees nobody else.",
        "step05",
        (
            Edit(
                "step05_nginx/app.py",
                "app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=0)",
                "ProxyFix(app.wsgi_app)",
            ),
        ),
        "forged-sender",
        "unforwarded",
    ),
    Patched(
        "scheme-untold",
        "The proxy speaks TLS, and does not tell the app.",
        "step06",
        (Edit("step05_nginx/nginx/forwarding.conf", "X-Forwarded-Proto $scheme;", 'X-Forwarded-Proto "";'),),
        "forged-sender",
        "unforwarded",
    ),
    Patched(
        "new-key-each-time",
        "Each process draws its own key.",
        "step04",
        (Edit("step04_flask/wsgi.py", KEY, ""),),
        "login-survives",
        "key",
    ),
    Patched(
        "cached-for-everybody",
        "Nothing was cached, so the cache was told to ignore the header fields that forbid it.",
        "step05",
        (
            Edit(
                "step05_nginx/nginx/caching.conf",
                BYPASS,
                f"{IGNORE} Cache-Control Expires Set-Cookie Vary;\n",
            ),
            Edit("step05_nginx/nginx/caching.conf", NO_CACHE, ""),
        ),
        "private-page",
        "shown",
    ),
    Patched(
        "cache-asked-for-everybody",
        "Visitors who have logged in are given the page that was kept for strangers.",
        "step05",
        (Edit("step05_nginx/nginx/caching.conf", BYPASS, f"{IGNORE} Vary;\n"),),
        "private-page",
        "hidden",
    ),
)

"""What goes wrong with several apps and a store: a word in nginx, and state in the wrong place."""

from checks.mutants.mutant import Edit, Mutant, Patched

HERE = "step07_load_balancing"
TEMPLATE, RETRIES, APP = f"{HERE}/nginx/nginx.conf.template", f"{HERE}/nginx/retries.conf", f"{HERE}/app.py"
NEXT = "proxy_next_upstream error timeout http_502 http_504;"
SERVER = '        ${if_native}server "unix:${run}/step07/app%d.sock" max_fails=1 fail_timeout=2s;\n'
SESSIONS = "    app.session_interface = RedisSessions(app, connect(redis_socket), turn_into_apology)\n"
LOGOUT = """could ask for a GET.\"\"\"
    session.clear()
    return redirect("/", 303)
"""
COOKIE_DELETED = """could ask for a GET.\"\"\"
    response = redirect("/", 303)
    response.delete_cookie(current_app.config["SESSION_COOKIE_NAME"])
    return response
"""
HANDLER = "    app.register_error_handler(RedisError, show_unavailable)\n"
APOLOGY = "return show_error(ServiceUnavailable(APOLOGY, retry_after=RETRY_SECONDS))"

ONE_APP = (
    Edit(f"{HERE}/processes.ini", "numprocs = 3", "numprocs = 1"),
    Edit(TEMPLATE, SERVER % 2, ""),
    Edit(TEMPLATE, SERVER % 3, ""),
)
NO_RETRY = Edit(RETRIES, NEXT, "proxy_next_upstream off;")
UNREMEMBERED = tuple(
    Edit(TEMPLATE, SERVER % number, (SERVER % number).replace("max_fails=1", "max_fails=0"))
    for number in (1, 2, 3)
)
IN_MEMORY = Edit(APP, ", RedisGuestbook(redis_socket))", ")")


def changed(id: str, wrong: str, file: str, old: str, new: str, caught_by: str, hint: str) -> Patched:
    """The site with a few words changed in one place."""
    return Patched(id, wrong, "step07", (Edit(file, old, new),), caught_by, hint)


def one_app(wrong: str, caught_by: str, hint: str) -> Patched:
    """The site with one app instead of three."""
    return Patched("one-app", wrong, "step07", ONE_APP, caught_by, hint)


def never_next(wrong: str, caught_by: str) -> Patched:
    """The site whose nginx asks one app only, and does not remember which of them are dead."""
    return Patched("never-the-next", wrong, "step07", (NO_RETRY, *UNREMEMBERED), caught_by, "lost")


MUTANTS: tuple[Mutant, ...] = (
    one_app("One app is enough, as long as it lives.", "killed-app", "dead"),
    one_app("One app is enough, as long as nobody needs a new version.", "one-by-one", "dead"),
    one_app("One app is named to nginx, and gets everything.", "balanced", "one"),
    one_app("One process with eight threads is to use all cores.", "cores", "threads"),
    never_next("A visit that falls on a dead app is lost.", "killed-app"),
    never_next("A visit that falls on an app that just went is lost.", "one-by-one"),
    one_app("One app is enough, as long as it is never stuck.", "frozen-app", "dead"),
    never_next("A visit that falls on a frozen app is lost.", "frozen-app"),
    changed(
        "silence-is-patience",
        "nginx waits for a silent app longer than any visitor would.",
        RETRIES,
        "proxy_read_timeout 5s;",
        "proxy_read_timeout 60s;",
        "frozen-app",
        "waits",
    ),
    changed(
        "whatever-fails-is-sent-again",
        "nginx sends every request to the next app when one is silent, forms too.",
        RETRIES,
        NEXT,
        NEXT.replace("http_504;", "http_504 non_idempotent;"),
        "post-once",
        "twice",
    ),
    changed(
        "by-address",
        "Each visitor is to stay with one app, so nginx chooses by address.",
        TEMPLATE,
        "        zone app 64k;\n",
        "        zone app 64k;\n        ip_hash;\n",
        "balanced",
        "one",
    ),
    Patched(
        "entries-in-memory",
        "There is a Redis, and the guest book was not moved into it.",
        "step07",
        (*ONE_APP, IN_MEMORY),
        "entries-survive",
        "lost",
    ),
    Patched(
        "a-book-for-each-app",
        "Three apps, and each keeps a guest book of its own.",
        "step07",
        (IN_MEMORY,),
        "entries-survive",
        "unsigned",
    ),
    changed(
        "a-key-for-each-app",
        "Each app draws its own secret key, and refuses the form tokens that the others gave.",
        f"{HERE}/wsgi.py",
        'persistent_key(HERE / "secret_key")',
        "os.urandom(32)",
        "entries-survive",
        "unsigned",
    ),
    changed(
        "sessions-in-the-cookie",
        "The session is the signed cookie itself, so nobody can take it back.",
        APP,
        SESSIONS,
        "",
        "copied-cookie",
        "alive",
    ),
    changed(
        "logout-of-one-browser",
        "The logout deletes the cookie, and leaves the session where it is.",
        "step04_flask/login.py",
        LOGOUT,
        COOKIE_DELETED,
        "copied-cookie",
        "alive",
    ),
    changed(
        "redis-as-it-comes",
        "Redis writes no file, so a restart empties it.",
        f"{HERE}/redis/redis.conf",
        "\nappendonly yes\n",
        "\nappendonly no\n",
        "redis-restart",
        "entries",
    ),
    changed(
        "errors-of-redis-uncaught",
        "Nobody catches the errors of Redis.",
        APP,
        HANDLER,
        "",
        "redis-gone",
        "status",
    ),
    changed(
        "no-word-when",
        "The 503 does not say when to come back.",
        APP,
        APOLOGY,
        APOLOGY.replace("retry_after=RETRY_SECONDS", ""),
        "redis-gone",
        "when",
    ),
    changed(
        "an-honest-503-is-a-dead-app",
        "nginx asks the next app when one says 503, and soon takes all of them for dead.",
        RETRIES,
        NEXT,
        NEXT.replace("http_504", "http_503 http_504"),
        "redis-gone",
        "dragged",
    ),
    changed(
        "a-restart-may-help",
        "An app that cannot reach Redis has itself started anew.",
        APP,
        f"    {APOLOGY}",
        f"    import os\n\n    os.kill(os.getppid(), 15)\n    {APOLOGY}",
        "redis-gone",
        "restarted",
    ),
)

"""What goes wrong in front of the app, mostly in a line of nginx."""

from checks.mutants.mutant import Edit, Mutant, Patched

NGINX = "step05_nginx/nginx"
TEMPLATE = f"{NGINX}/nginx.conf.template"
LIMITS = f"{NGINX}/limits.conf"

# The app compresses its pages, whoever asks.
COMPRESS = """
    import gzip

    @app.after_request
    def compress(response):
        if response.mimetype == "text/html":
            response.set_data(gzip.compress(response.get_data()))
            response.headers["Content-Encoding"] = "gzip"
        return response

"""


def in_nginx(id: str, wrong: str, edit: Edit, caught_by: str, hint: str) -> Patched:
    """Step 05 with one other line."""
    return Patched(id, wrong, "step05", (edit,), caught_by, hint)


MUTANTS: tuple[Mutant, ...] = (
    Patched(
        "thread-for-a-newcomer",
        "A connection is given a thread before it has said a word.",
        "step03",
        (
            Edit(
                "step03_wsgi/threads.py",
                "                self.hear(Connection(sock, client, self.limits, self.quiet))\n",
                "                connection = Connection(sock, client, self.limits, self.quiet)\n"
                "                self.requests.put((connection, None))\n",
            ),
            Edit(
                "step03_wsgi/threads.py",
                "            connection, request = item\n",
                "            connection, request = item\n"
                "            if not (request := request or connection.read_request()):\n"
                "                self.close(connection)\n"
                "                continue\n",
            ),
        ),
        "silent-crowd",
        "silent",
    ),
    Patched(
        "waits-for-goodbye",
        "A thread waits until the visitor whom it has answered hangs up, too.",
        "step03",
        (
            Edit("step03_wsgi/threads.py", "import queue\n", "import contextlib\nimport queue\n"),
            Edit(
                "step03_wsgi/threads.py",
                "keep_alive=not self.stopping):\n",
                "keep_alive=not self.stopping):\n"
                "                connection.socket.shutdown(socket.SHUT_WR)\n"
                "                with contextlib.suppress(Exception):\n"
                "                    connection.receive(time.monotonic() + 2.0)\n",
            ),
        ),
        "open-crowd",
        "silent",
    ),
    in_nginx(
        "few-connections",
        "The proxy may have only so many connections as a small site seems to need.",
        Edit(TEMPLATE, "worker_connections 4096;", "worker_connections 64;"),
        "slow-head-crowd",
        "refused",
    ),
    in_nginx(
        "bodies-passed-on",
        "The proxy hands on a body while it comes, so the app waits for the rest.",
        Edit(f"{NGINX}/proxying.conf", "proxy_request_buffering on;", "proxy_request_buffering off;"),
        "slow-body-crowd",
        "silent",
    ),
    Patched(
        "files-by-the-app",
        "The proxy asks the app for the files, too.",
        "step05",
        (
            Edit(TEMPLATE, '        include "${project}/step05_nginx/nginx/locations/static.conf";\n', ""),
            Edit("step05_nginx/app.py", "names.get(name, name)", "name"),
        ),
        "static-speed",
        "app",
    ),
    in_nginx(
        "old-file-names",
        "The pages name files that the proxy does not have.",
        Edit("step05_nginx/app.py", "names.get(name, name)", "names.get(name, name)[1:]"),
        "static-speed",
        "missing",
    ),
    in_nginx(
        "uncompressed",
        "Nobody switched compression on.",
        Edit(f"{NGINX}/compression.conf", "gzip on;", "gzip off;"),
        "compressed-page",
        "plain",
    ),
    in_nginx(
        "vary-unsaid",
        "No cache is told that the answer depends on Accept-Encoding.",
        Edit(f"{NGINX}/compression.conf", "gzip_vary on;", "gzip_vary off;"),
        "compressed-page",
        "vary",
    ),
    in_nginx(
        "compressed-for-everybody",
        "The app compresses its pages, whoever asks.",
        Edit("step05_nginx/app.py", "    return app\n", f"{COMPRESS}    return app\n"),
        "compressed-page",
        "forced",
    ),
    in_nginx(
        "unlimited",
        "Requests are counted, and never limited.",
        Edit(LIMITS, "limit_req zone=requests burst=100 nodelay;", ""),
        "flood",
        "unlimited",
    ),
    in_nginx(
        "ill-instead-of-busy",
        "Who asks too often is told that the site is ill: nginx's own default.",
        Edit(LIMITS, "limit_req_status 429;", ""),
        "flood",
        "ill",
    ),
    in_nginx(
        "logins-as-pages",
        "Logins are counted as pages are.",
        Edit(LIMITS, "limit_req zone=logins burst=20 nodelay;", ""),
        "login-flood",
        "unlimited",
    ),
    in_nginx(
        "form-counted",
        "Whoever asks for the page with the form counts as one who logs in.",
        Edit(LIMITS, '"POST /login" $counted', '"~ /login$" $counted'),
        "login-flood",
        "page",
    ),
    in_nginx(
        "logins-counted-together",
        "The limit counts the logins of all visitors together.",
        Edit(LIMITS, '"POST /login" $counted_address', '"POST /login" $server_port'),
        "login-flood",
        "everybody",
    ),
    in_nginx(
        "all-counted-together",
        "The limit counts the requests of all visitors together.",
        Edit(LIMITS, "limit_req_zone $counted_request ", "limit_req_zone $server_port "),
        "flood",
        "everybody",
    ),
)

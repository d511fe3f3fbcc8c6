"""What goes wrong with TLS: certificates as people get them wrong, and TLS that is only half switched on."""

from checks.mutants.mutant import Edit, Mutant, Patched

NGINX = "step06_tls/nginx"
TEMPLATE = f"{NGINX}/nginx.conf.template"
REDIRECT = "return 301 https://$known_name:${tls_port}$request_uri;"
PREFIXED = '"SESSION_COOKIE_NAME": "__Host-step06_session",'
ERASED = "                self._erase_cookie(app, response)\n"
LOCALHOST = '    "~^on (.+\\.)?localhost$" "";\n'

# The launcher judges the certificate too, and would never call such a site ready.
UNJUDGED = Edit(
    "launcher/readiness.py", "create_default_context(cafile=certificate)", "_create_unverified_context()"
)
SAVE = "        save(authority.new_leaf(root), certificate, key)\n"
SAVED_WITH_ITS_AUTHORITY = """
        other = authority.new_root()
        save(authority.new_leaf(other), certificate, key)
        certificate.write_bytes(certificate.read_bytes() + other.certificate.public_bytes(Encoding.PEM))
"""
SAVED_WITHOUT_ITS_AUTHORITY = """
        from cryptography.hazmat.primitives.hashes import SHA256

        key_between = authority.new_root().key
        name = authority._name("an authority in between")
        draft = authority._draft(name, root.certificate.subject, key_between, authority.ROOT_LIFE / 2)
        draft = draft.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        draft = draft.add_extension(authority._usage(sign_certificates=True), critical=True)
        between = Identity(key_between, draft.sign(root.key, SHA256()))
        save(authority.new_leaf(between), certificate, key)
"""
COPIED_ONCE = """
    for name in ("fullchain.pem", "privkey.pem"):
        if not (scratch / name).exists():
            (scratch / name).write_bytes((scratch / "tls" / name).read_bytes())
"""


def wrongly_certified(id: str, wrong: str, saved: str, hint: str, *more: Edit) -> Patched:
    """The site with a certificate that is made otherwise."""
    edits = (UNJUDGED, Edit("step06_tls/certificates.py", SAVE, saved), *more)
    return Patched(id, wrong, "step06", edits, "certificate", hint)


def in_nginx(id: str, wrong: str, file: str, old: str, new: str, caught_by: str, hint: str) -> Patched:
    """The site with one line of nginx changed."""
    return Patched(id, wrong, "step06", (Edit(file, old, new),), caught_by, hint)


MUTANTS: tuple[Mutant, ...] = (
    Patched("no-tls", "The site speaks no TLS at all.", "step05", (), "password-on-the-wire", "password"),
    Patched(
        "no-tls", "Nothing proves that an answer is the site's.", "step05", (), "tampered-answer", "taken"
    ),
    Patched("no-tls", "The cookie travels by plain http.", "step05", (), "secure-cookie", "plain"),
    Patched(
        "cookie-not-secure",
        "TLS was switched on, and the cookie was forgotten.",
        "step06",
        (Edit("step06_tls/app.py", '"SESSION_COOKIE_SECURE": True', '"SESSION_COOKIE_SECURE": False'),),
        "secure-cookie",
        "plain",
    ),
    Patched(
        "cookie-of-any-host",
        "The cookie has a name that every host of the domain may use.",
        "step06",
        (Edit("step06_tls/app.py", "__Host-step06_session", "step06_session"),),
        "host-prefix",
        "prefix",
    ),
    Patched(
        "cookie-for-the-domain",
        "The cookie was given the prefix, and a domain for its neighbours.",
        "step06",
        (Edit("step06_tls/app.py", PREFIXED, f'{PREFIXED}"SESSION_COOKIE_DOMAIN": "localhost",'),),
        "host-prefix",
        "conditions",
    ),
    Patched(
        "logout-unheeded",
        "The store's library erases the cookie, in a line that lacks Secure.",
        "step07",
        (Edit("step07_load_balancing/sessions.py", ERASED, "                pass\n"),),
        "host-prefix",
        "unerasable",
    ),
    wrongly_certified(
        "for-another-name",
        "The certificate is for the name of the machine on which it was made.",
        '        save(authority.new_leaf(root, [x509.DNSName("web1.lab.test")]), certificate, key)\n',
        "wrong-host",
    ),
    wrongly_certified(
        "expired",
        "The certificate ran out, and no timer had renewed it.",
        "        save(authority.new_leaf(root, life=timedelta(minutes=-1)), certificate, key)\n",
        "expired",
    ),
    wrongly_certified(
        "not-yet-valid",
        "The certificate was made on a machine whose clock is ahead.",
        SAVE,
        "early",
        Edit(
            "step06_tls/authority.py",
            ".not_valid_before(min(now, now + life) - BACKDATED)",
            ".not_valid_before(now + (BACKDATED if life == LEAF_LIFE else -BACKDATED))",
        ),
    ),
    wrongly_certified(
        "self-signed",
        "The certificate is signed with its own key, as `openssl req -x509` makes it.",
        "        save(authority.new_root(), certificate, key)\n",
        "stranger",
    ),
    wrongly_certified(
        "of-an-unknown-authority",
        "An authority has signed the certificate that the visitors do not know.",
        SAVED_WITH_ITS_AUTHORITY,
        "stranger",
    ),
    wrongly_certified(
        "without-its-chain",
        "The one in between that signed the certificate is not sent: cert.pem, not fullchain.pem.",
        SAVED_WITHOUT_ITS_AUTHORITY,
        "chain",
        Edit("step06_tls/authority.py", "path_length=0", "path_length=1"),
    ),
    in_nginx(
        "http-served",
        "The pages are served by plain http as well.",
        TEMPLATE,
        REDIRECT,
        'include "${project}/step05_nginx/nginx/locations/pages.conf";',
        "http-leads-to-https",
        "served",
    ),
    in_nginx(
        "http-leads-temporarily",
        "The redirect is the one that came to mind first, 302.",
        TEMPLATE,
        REDIRECT,
        REDIRECT.replace("301", "302"),
        "http-leads-to-https",
        "temporary",
    ),
    in_nginx(
        "http-leads-to-the-front-page",
        "The redirect forgets for which page the visitor asked.",
        TEMPLATE,
        REDIRECT,
        REDIRECT.replace("$request_uri", "/"),
        "http-leads-to-https",
        "elsewhere",
    ),
    Patched(
        "old-versions",
        "Somebody's very old phone was to be served too.",
        "step06",
        (
            Edit(f"{NGINX}/tls.conf", "ssl_protocols TLSv1.2", "ssl_protocols TLSv1 TLSv1.1 TLSv1.2"),
            Edit(f"{NGINX}/tls.conf", "ssl_ciphers ECDHE", "ssl_ciphers ALL:@SECLEVEL=0:ECDHE"),
        ),
        "old-protocols",
        "old",
    ),
    in_nginx(
        "no-hsts",
        "The field was left for later.",
        f"{NGINX}/headers.conf",
        "add_header Strict-Transport-Security $hsts always;",
        "",
        "hsts",
        "missing",
    ),
    in_nginx(
        "hsts-for-five-minutes",
        "The field was tried out with a short time, and stayed so.",
        f"{NGINX}/headers.conf",
        "max-age=63072000",
        "max-age=300",
        "hsts",
        "short",
    ),
    in_nginx(
        "hsts-for-localhost",
        "The field is sent to everybody, whatever they call the site.",
        f"{NGINX}/headers.conf",
        LOCALHOST,
        "",
        "hsts",
        "localhost",
    ),
    in_nginx(
        "no-http2",
        "HTTP/2 is off, as it is by default.",
        TEMPLATE,
        "http2 on;",
        "http2 off;",
        "http2",
        "unasked",
    ),
    in_nginx(
        "idle-connections-dropped",
        "A reload drops idle connections, as it does by default: the next request on one of them is lost.",
        "step05_nginx/nginx/timeouts.conf",
        "keepalive_min_timeout 5s;",
        "keepalive_min_timeout 0;",
        "renewed-certificate",
        "lost",
    ),
    Patched(
        "certificate-copied-once",
        "The certificate was copied to where nginx reads it; renewals do not come there.",
        "step06",
        (
            Edit(TEMPLATE, "ssl_certificate ${certificate}/fullchain.pem;", "ssl_certificate fullchain.pem;"),
            Edit(
                TEMPLATE,
                "ssl_certificate_key ${certificate}/privkey.pem;",
                "ssl_certificate_key privkey.pem;",
            ),
            Edit(
                "step06_tls/prepare.py",
                "    prepare_keys(project / run)\n",
                f"    certificates.ensure(project / run)\n{COPIED_ONCE}",
            ),
        ),
        "renewed-certificate",
        "old",
    ),
)

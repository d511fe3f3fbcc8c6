"""The site in a real browser: what is only true of bytes is not yet true for a person."""

import base64
import hashlib
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.sync_api import (
    BrowserContext,
    ConsoleMessage,
    Error,
    Locator,
    Page,
    Playwright,
    Request,
    sync_playwright,
)

from launcher import running
from tests.documents import ROOT
from tests.programs import find
from tests.visitor import Stack, on_steps

# A test browser has nothing to say to its maker, and a machine without the internet nothing to answer.
FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-proxy-server",
    # As root Chromium's own sandbox cannot be set up.
    *(["--no-sandbox"] if os.geteuid() == 0 else []),
]
# Milliseconds. A browser needs some seconds of a processor to start, and several start side by side.
PATIENCE = 120_000
SCRIPT = "<script>document.title = 'taken over'</script>"


def trusting(home: Path, authorities: set[Path], leaves: set[Path]) -> list[str]:
    """Make a browser with this home folder trust the authorities; return the flags that it needs for that."""
    certutil = find("certutil")
    if certutil is None or sys.platform == "darwin":
        return [f"--ignore-certificate-errors-spki-list={','.join(map(pin, leaves))}"]
    store = home / ".pki" / "nssdb"
    store.mkdir(parents=True)
    subprocess.run([certutil, "-d", f"sql:{store}", "-N", "--empty-password"], check=True)
    for authority in authorities:
        put_in = ["-A", "-t", "C,,", "-n", authority.parent.parent.name, "-i", str(authority)]
        subprocess.run([certutil, "-d", f"sql:{store}", *put_in], check=True)
    return []


def pin(certificate: Path) -> str:
    """The hash of the certificate's public key, as Chromium's pinning wants it."""
    key = x509.load_pem_x509_certificate(certificate.read_bytes()).public_key()
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(der).digest()).decode()


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def browser(stack: Stack, needs: Callable[[str], str], playwright: Playwright) -> Iterator[BrowserContext]:
    """The system's Chromium, with a home of its own in which the local authority is trusted."""
    secure = {step: site for step, site in stack.sites.items() if site.https}
    with tempfile.TemporaryDirectory(prefix="browser-", ignore_cleanup_errors=True) as home:
        flags = trusting(
            Path(home),
            {site.root_certificate for site in secure.values()},
            {site.run / f"step0{step}" / "tls" / "fullchain.pem" for step, site in secure.items()},
        )
        context = playwright.chromium.launch_persistent_context(
            Path(home, "profile"),
            executable_path=needs("chromium"),
            args=[*FLAGS, *flags],
            env={**os.environ, "HOME": home},
            timeout=PATIENCE,
        )
        yield context
        context.close()


@pytest.fixture
def own_step_3() -> Iterator[str]:
    """A guest book that no other test reads: what is planted in it would run for them too."""
    with running("step03", root=ROOT) as sites:
        yield sites["step03"].http


class Watched:
    """A page, and all that went wrong on it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.troubles: list[str] = []
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.troubles.append(f"error: {error}"))
        page.on("requestfailed", self._on_failure)
        page.on(
            "response",
            lambda one: self.troubles.append(f"{one.status} {one.url}") if one.status >= 400 else None,
        )

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.troubles.append(f"console: {message.text}")

    def _on_failure(self, request: Request) -> None:
        # The browser itself gives up the icon of a page that the test leaves.
        if request.failure != "net::ERR_ABORTED":
            self.troubles.append(f"failed: {request.url} {request.failure}")


@pytest.fixture
def watched(browser: BrowserContext) -> Iterator[Watched]:
    """A page of its own, without the cookies of the test before; it must end without trouble."""
    browser.clear_cookies()
    with browser.new_page() as page:
        watched = Watched(page)
        yield watched
        assert watched.troubles == []


def sign(page: Page, name: str, message: str) -> None:
    page.get_by_role("link", name="Sign").click()
    page.get_by_label("Name").fill(name)
    page.get_by_label("Message").fill(message)
    page.get_by_role("button", name="Sign").click()


def entry_with(page: Page, text: str) -> Locator:
    """The entry with this text, once it shows: for a second nginx may still have the page of before."""
    entry = page.locator(".entries li", has_text=text)
    for _ in range(50):
        if entry.count():
            break
        page.wait_for_timeout(100)
        page.reload()
    return entry


@on_steps(1, 1)
def test_the_page_is_no_answer_for_a_browser(stack: Stack, browser: BrowserContext, step: int) -> None:
    with browser.new_page() as page, pytest.raises(Error, match="ERR_INVALID_HTTP_RESPONSE"):
        page.goto(stack.url(step))


@on_steps(2)
class TestStep:
    def test_the_page_has_its_style_and_its_picture(self, stack: Stack, watched: Watched, step: int) -> None:
        page = watched.page
        page.goto(stack.url(step))
        assert page.title() == f"Guest book · Step 0{step}"
        assert page.get_by_role("heading", level=1).inner_text() == "Guest book"
        assert page.evaluate("document.styleSheets.length") == 1
        font = page.evaluate("getComputedStyle(document.body).fontFamily")
        assert "Times" not in font, "the browser's own font: the style sheet has no effect"
        assert page.evaluate("document.querySelector('header img').naturalWidth") > 0

    def test_an_entry_is_signed_and_shows(self, stack: Stack, watched: Watched, step: int) -> None:
        page, name = watched.page, f"Zoë {secrets.token_hex(4)}"
        page.goto(stack.url(step))
        sign(page, name, "Hello from a real browser.")
        page.wait_for_url(stack.url(step) + "/")
        assert entry_with(page, name).locator(".name").inner_text() == name

    def test_every_field_has_a_label_and_the_page_a_language(
        self, stack: Stack, watched: Watched, step: int
    ) -> None:
        page = watched.page
        for path in ["/", "/sign"] + (["/login"] if step >= 4 else []):
            page.goto(stack.url(step) + path)
            assert page.locator("html").get_attribute("lang") == "en"
            assert page.locator("h1").count() == 1
            assert page.locator("main").count() == 1
            without = page.evaluate(
                "[...document.querySelectorAll('input:not([type=hidden]), textarea, select')]"
                ".filter(field => !field.labels.length).map(field => field.outerHTML)"
            )
            assert without == []
            assert (
                page.evaluate("[...document.images].filter(image => !image.hasAttribute('alt')).length") == 0
            )

    def test_a_narrow_screen_does_not_scroll_sideways(
        self, stack: Stack, watched: Watched, step: int
    ) -> None:
        page = watched.page
        page.set_viewport_size({"width": 360, "height": 640})
        for path in ["/", "/sign"] + (["/login"] if step >= 4 else []):
            page.goto(stack.url(step) + path)
            assert page.evaluate("document.documentElement.scrollWidth") <= 360, path


@on_steps(4)
def test_a_person_logs_in_and_out(stack: Stack, watched: Watched, step: int) -> None:
    page = watched.page
    page.goto(stack.url(step))
    page.get_by_role("link", name="Log in").click()
    page.get_by_label("Name").fill("ada")
    page.get_by_label("Password").fill("analytical")
    page.get_by_role("button", name="Log in").click()
    assert page.locator(".visitor").inner_text() == "Welcome back, ada. Visit 1."
    page.reload()
    assert page.locator(".visitor").inner_text() == "Welcome back, ada. Visit 2."
    page.get_by_role("button", name="Log out").click()
    page.get_by_role("link", name="Log in").wait_for()
    assert page.locator(".visitor").count() == 0


@on_steps(6)
def test_the_browser_calls_the_connection_secure(stack: Stack, watched: Watched, step: int) -> None:
    page = watched.page
    answer = page.goto(stack.sites[step].http)
    assert answer
    assert page.url.startswith("https://")
    details = answer.security_details()
    assert details
    assert details.get("protocol") in ("TLS 1.2", "TLS 1.3")
    assert page.evaluate("window.isSecureContext")
    assert page.evaluate("performance.getEntriesByType('navigation')[0].nextHopProtocol") == "h2"


@on_steps(6)
def test_a_browser_that_does_not_know_the_authority_refuses(
    stack: Stack, needs: Callable[[str], str], playwright: Playwright, step: int
) -> None:
    stranger = playwright.chromium.launch(executable_path=needs("chromium"), args=FLAGS, timeout=PATIENCE)
    page = stranger.new_page()
    with pytest.raises(Error, match="ERR_CERT_AUTHORITY_INVALID"):
        page.goto(stack.url(step))
    stranger.close()


def test_a_script_in_an_entry_runs_at_step_3(own_step_3: str, watched: Watched) -> None:
    page = watched.page
    page.goto(own_step_3)
    sign(page, "Eve", SCRIPT)
    page.wait_for_function("document.title === 'taken over'")


@on_steps(4)
def test_a_script_in_an_entry_is_only_text_from_step_4_on(stack: Stack, watched: Watched, step: int) -> None:
    page, mark = watched.page, secrets.token_hex(4)
    page.goto(stack.url(step))
    sign(page, "Eve", SCRIPT + mark)
    page.wait_for_url(stack.url(step) + "/")
    assert entry_with(page, mark).locator(".message").inner_text() == SCRIPT + mark
    assert page.title() == f"Guest book · Step 0{step}"

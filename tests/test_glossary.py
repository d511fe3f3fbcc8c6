"""The glossary: every term of the course, in order, with a step to see it at, or a reason."""

import re
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from tests.documents import ROOT, tokens

GLOSSARY = ROOT / "docs" / "glossary.md"
ASKED_FOR = """
HTTP, Cookies, Web server, WebSockets, FTP, Multi-threaded, Reverse proxy, Django, nginx, Static
files, POST, Certificates, Framework, Flask, SSL, GET, WSGI, Session management, TLS, Load
balancing, Apache
"""
OF_THE_LESSONS = """
Socket, Listener, Accept loop, Backlog, Stream, Header, Body, Chunked, Keep-alive, Pipelining,
Percent-encoding, Traversal, Middleware, Environ, Gateway, Thread, Process, Pre-fork, GIL, CSRF,
XSS, Escaping, Template, Signed cookie, Upstream, Buffering, Forwarded headers, ETag, Fingerprinted
name, Micro-cache, Rate limit, Certificate authority (CA), Leaf, Chain, Handshake, HSTS, ALPN,
HTTP/2, SAN, ACME, Certbot, Passive health check, Idempotent, Draining, Rolling restart, Redis,
Append-only file, Supervisor, Session revocation
"""
TERMS = [" ".join(term.split()) for term in f"{ASKED_FOR}, {OF_THE_LESSONS}".split(",")]


@cache
def entries() -> dict[str, str]:
    """The text below each heading of the third level."""
    found: dict[str, str] = {}
    term = ""
    for before, token in pairwise(tokens(GLOSSARY)):
        if before.type == "heading_open":
            term = token.content if before.tag == "h3" else ""
        elif token.type == "inline" and term:
            found[term] = found.get(term, "") + " ".join(token.content.split()) + "\n"
    return found


@pytest.mark.parametrize("term", TERMS)
def test_the_term_is_explained(term: str) -> None:
    assert term.casefold() in {known.casefold() for known in entries()}


def test_the_terms_stand_in_alphabetical_order() -> None:
    terms = [term.casefold() for term in entries()]
    assert terms
    assert terms == sorted(terms)


def test_every_term_has_a_step_or_a_reason_or_points_to_another_term() -> None:
    lost = [
        term
        for term, text in entries().items()
        if not re.search(r"See it in \[step 0\d\]\(|Not here, because |^See \[", text)
    ]
    assert lost == []


def test_every_term_is_explained_in_at_most_three_sentences() -> None:
    for term, text in entries().items():
        told = re.sub(r"See it in .*", "", text)
        assert len(re.findall(r"[.!?](?:\s|$)", told)) <= 3, term


# Where a step speaks of the thing in words of its own, or in those of a program.
AS_WRITTEN = {
    "Forwarded headers": "x-forwarded-for",
    "Graceful stop": "sigterm",
    "Pipelining": "the next request",
    "SAN": "subjectalternativename",
    "Signed cookie": "signature",
    "Stream": "ordered bytes",
    "Web server": "server",
    "Session management": "session",
}


def test_the_word_is_used_in_the_step_to_which_its_entry_leads() -> None:
    nowhere = []
    for term, text in entries().items():
        word = AS_WRITTEN.get(term, re.sub(r"\s*\(.*\)", "", term).casefold())
        for step in re.findall(r"See it in \[[^]]+\]\(\.\./(\w+)/README\.md\)", text):
            if not re.search(re.escape(word).replace("\\-", "[- ]?"), written_in(ROOT / step)):
                nowhere.append(f"{term}: {step}")
    assert nowhere == []


@cache
def written_in(step: Path) -> str:
    texts = [path for path in step.rglob("*") if path.suffix in (".md", ".py", ".html", ".conf", ".ini")]
    return "\n".join(path.read_text(encoding="utf-8") for path in texts).casefold()

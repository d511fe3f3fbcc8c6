"""A visitor's cache keeps what it may, and asks on condition for the rest."""

from load.cache import Cache


def test_what_is_fresh_is_not_asked_for() -> None:
    cache = Cache()
    cache.keep("/a", {"Cache-Control": "public, max-age=60"}, now=100.0)
    assert cache.is_fresh("/a", 159.0)
    assert not cache.is_fresh("/a", 160.0)
    assert not cache.is_fresh("/b", 100.0)


def test_what_is_stale_is_asked_for_by_its_validators() -> None:
    cache = Cache()
    cache.keep("/a", {"etag": '"1"', "Last-Modified": "Mon", "cache-control": "no-cache, max-age=9"}, now=0.0)
    assert not cache.is_fresh("/a", 0.0)
    assert cache.conditions("/a") == {"If-None-Match": '"1"', "If-Modified-Since": "Mon"}


def test_a_304_makes_it_fresh_again_and_need_not_repeat_the_validators() -> None:
    cache = Cache()
    cache.keep("/a", {"ETag": '"1"', "Cache-Control": "max-age=1"}, now=0.0)
    cache.keep("/a", {"Cache-Control": "max-age=10"}, now=5.0)
    assert cache.is_fresh("/a", 14.0)
    assert cache.conditions("/a") == {"If-None-Match": '"1"'}


def test_what_must_not_be_stored_is_not() -> None:
    cache = Cache()
    cache.keep("/a", {"ETag": '"1"'}, now=0.0)
    cache.keep("/a", {"ETag": '"2"', "Cache-Control": "no-store"}, now=0.0)
    assert cache.conditions("/a") == {}

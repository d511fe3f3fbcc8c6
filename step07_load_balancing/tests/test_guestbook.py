"""The guest book, kept by a real Redis."""

import threading
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import RedisError

from step04_flask.guestbook import Entry, Guestbook
from step07_load_balancing.guestbook import KEPT, KEY, RedisGuestbook
from step07_load_balancing.tests.real_redis import RedisServer


def test_what_one_app_signs_every_app_reads_newest_first(redis: RedisServer) -> None:
    here: Guestbook = RedisGuestbook(redis.socket)
    there: Guestbook = RedisGuestbook(redis.socket)
    here.sign(Entry("Zoë", "first"))
    there.sign(Entry("ada", "<b>second</b>\n"))
    assert here.newest(50) == there.newest(50) == [Entry("ada", "<b>second</b>\n"), Entry("Zoë", "first")]
    assert here.newest(1) == [Entry("ada", "<b>second</b>\n")]


def test_an_empty_book_has_no_entries(redis: RedisServer) -> None:
    assert RedisGuestbook(redis.socket).newest(50) == []


def test_the_list_is_bounded_and_keeps_the_newest(redis: RedisServer, client: Redis) -> None:
    client.lpush(KEY, *[b'{"name": "n", "message": "old"}'] * (KEPT + 10))
    RedisGuestbook(redis.socket).sign(Entry("ada", "new"))
    assert client.llen(KEY) == KEPT
    assert RedisGuestbook(redis.socket).newest(1) == [Entry("ada", "new")]


def test_signatures_from_many_threads_are_all_kept_once(redis: RedisServer) -> None:
    book = RedisGuestbook(redis.socket)

    def sign(writer: int) -> None:
        for number in range(20):
            book.sign(Entry(f"writer {writer}", str(number)))

    writers = [threading.Thread(target=sign, args=(writer,)) for writer in range(8)]
    for thread in writers:
        thread.start()
    for thread in writers:
        thread.join()
    entries = book.newest(1000)
    assert len(entries) == len(set(entries)) == 160


@pytest.mark.parametrize("ending", ["stop", "kill"])
def test_entries_outlive_redis(redis: RedisServer, ending: str) -> None:
    book = RedisGuestbook(redis.socket)
    book.sign(Entry("ada", "still here"))
    getattr(redis, ending)()
    redis.start()
    assert book.newest(50) == [Entry("ada", "still here")]


def test_a_book_out_of_reach_says_so_and_recovers_by_itself(redis: RedisServer) -> None:
    book = RedisGuestbook(redis.socket)
    assert book.is_reachable()
    redis.stop()
    assert not book.is_reachable()
    with pytest.raises(RedisError):
        book.newest(50)
    with pytest.raises(RedisError):
        book.sign(Entry("ada", "lost"))
    redis.start()
    assert book.is_reachable()
    book.sign(Entry("ada", "back"))
    assert book.newest(50) == [Entry("ada", "back")]


def test_no_redis_at_all_is_an_answer_too(tmp_path: Path) -> None:
    assert not RedisGuestbook(tmp_path / "nobody.sock").is_reachable()


def test_the_memory_is_bounded_and_only_sessions_are_evicted(client: Redis) -> None:
    told = client.info()
    assert told["maxmemory"] == 64 * 1024 * 1024
    assert told["maxmemory_policy"] == "volatile-lru"
    assert told["aof_enabled"] == 1
    assert told["tcp_port"] == 0

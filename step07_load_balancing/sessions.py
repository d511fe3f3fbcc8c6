"""Sessions in Redis: the visitor keeps a random number, the server keeps everything else.

What this module guarantees:
- without a session cookie, or on a page that never looks at the session, Redis is not asked;
- an identifier that Redis does not know is never adopted, so that nobody chooses a visitor's (fixation);
- a login gets a new identifier, and a session that was deleted stays deleted, even if another request that
  had read it before is still running;
- while Redis does not answer, every visitor is a stranger: reading the session works, writing it fails;
- a session ends when it was idle for too long, and a login when it is too old: Redis forgets it by itself;
- nothing is ever unpickled: a value in Redis is data, never code.

It knows neither routes nor pages.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from secrets import token_urlsafe
from typing import Any

import msgspec
from flask import Flask, Request, Response
from flask.sessions import SessionMixin
from flask_session.redis import RedisSessionInterface  # type: ignore[import-untyped]
from redis import Redis
from redis.exceptions import RedisError

from step04_flask.lifetime import SINCE, left

KEY_PREFIX = "step07:session:"
IDENTIFIER_BYTES = 32  # 256 random bits: nobody guesses one, so the identifier needs no signature

Values = dict[str, Any]


class LazySession(SessionMixin):
    """Flask's session, which fetches its values only when somebody looks into it."""

    def __init__(self, sid: str, fetch: Callable[[], Values | None]) -> None:
        self.sid = sid
        self._fetch = fetch
        self._values: Values | None = None
        self.stored = False  # Redis holds a session under this identifier
        self.modified = False
        self.cleared = False  # what is in it now belongs to somebody else than before
        self.lost: RedisError | None = None  # why the values could not be fetched

    @property
    def looked_into(self) -> bool:
        """Whether anybody has asked for the values yet."""
        return self._values is not None

    def __bool__(self) -> bool:
        # A session that nobody looked into has no part in the answer: no reason to fetch it now.
        return bool(self._values)

    def clear(self) -> None:
        """Empty it. What is put in afterwards belongs to a new session, with a new identifier."""
        self._writable().clear()
        self.modified = self.cleared = True

    def __getitem__(self, key: str) -> Any:
        return self._readable()[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self._writable()[key] = value
        self.modified = True

    def __delitem__(self, key: str) -> None:
        del self._writable()[key]
        self.modified = True

    def __iter__(self) -> Iterator[str]:
        return iter(self._readable())

    def __len__(self) -> int:
        return len(self._readable())

    def _readable(self) -> Values:
        if self._values is None:
            found = None
            try:
                found = self._fetch()
            except RedisError as error:
                self.lost = error
            self.stored = found is not None
            self._values = found or {}
            if not self.stored:
                self.sid = token_urlsafe(IDENTIFIER_BYTES)
        return self._values

    def _writable(self) -> Values:
        values = self._readable()
        if self.lost:
            raise self.lost
        return values


class RedisSessions(RedisSessionInterface):  # type: ignore[misc]
    """Flask-Session makes identifiers and cookies; this says when Redis is asked, and what it keeps."""

    def __init__(self, app: Flask, redis: Redis, apologize: Callable[[Response], None]) -> None:
        super().__init__(app, redis, KEY_PREFIX, permanent=False, sid_length=IDENTIFIER_BYTES)
        self.serializer = None  # Flask-Session's own falls back to pickle, which runs whatever it reads
        self._apologize = apologize

    def open_session(self, app: Flask, request: Request) -> LazySession:
        """A session that will ask Redis when it is looked into; without a cookie, not even then."""
        if sid := request.cookies.get(self.get_cookie_name(app)):
            return LazySession(sid, lambda: self._retrieve_session_data(self._get_store_id(sid)))
        return LazySession("", lambda: None)

    def save_session(self, app: Flask, session: LazySession, response: Response) -> None:
        """Store what changed; if that fails, the answer is an apology and not what was not stored."""
        if not session.looked_into:
            return
        try:
            if session.cleared:
                self.regenerate(session)
            super().save_session(app, session, response)
            if session.modified and not session:
                self._erase_cookie(app, response)
        except RedisError as error:
            app.logger.warning("A session could not be stored: %s", error)
            self._apologize(response)

    def regenerate(self, session: LazySession) -> None:
        """Delete the session under its old identifier and go on under a new one."""
        super().regenerate(session)
        session.stored = False

    def _retrieve_session_data(self, store_id: str) -> Values | None:
        stored = self.client.get(store_id)
        try:
            return None if stored is None else msgspec.msgpack.decode(stored, type=Values)
        except msgspec.DecodeError:
            return None  # not written by this version: as good as no session

    def _erase_cookie(self, app: Flask, response: Response) -> None:
        # Flask-Session's own line lacks Secure. For a cookie named __Host-… a browser heeds no line without
        # it, not even one that erases it.
        response.headers.remove("Set-Cookie")
        response.delete_cookie(
            self.get_cookie_name(app),
            path=self.get_cookie_path(app),
            secure=self.get_cookie_secure(app),
            httponly=self.get_cookie_httponly(app),
            samesite=self.get_cookie_samesite(app),
        )

    def _upsert_session(self, lifetime: timedelta, session: LazySession, store_id: str) -> None:
        if SINCE in session:
            lifetime = min(lifetime, left(session, self.app.config["LOGIN_LIFETIME"]))
        # `xx`: set only what exists. Without it, a request that read the session before the logout and writes
        # it afterwards would bring it back to life.
        seconds = max(1, int(lifetime.total_seconds()))
        self.client.set(store_id, msgspec.msgpack.encode(dict(session)), ex=seconds, xx=session.stored)

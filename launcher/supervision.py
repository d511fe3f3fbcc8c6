"""supervisord, spoken to over its Unix socket: the one module that knows its XML-RPC."""

import http.client
import socket
import xmlrpc.client
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from xml.parsers.expat import ExpatError

TIMEOUT = 5.0


@dataclass(frozen=True)
class State:
    """A process as supervisord sees it."""

    group: str
    process: str
    state: str  # STARTING, RUNNING, BACKOFF, STOPPING, EXITED, STOPPED, FATAL
    pid: int
    reason: str


class Supervisor:
    """A running supervisord. Every call may fail with OSError: it may be starting, or dead."""

    def __init__(self, socket_path: str) -> None:
        self._transport = _OverUnixSocket(socket_path)
        self._proxy = xmlrpc.client.ServerProxy("http://localhost/RPC2", transport=self._transport)

    def states(self) -> list[State]:
        """What every process is doing."""
        answers: Any = self._call("getAllProcessInfo")
        return [
            State(answer["group"], answer["name"], answer["statename"], answer["pid"], answer["spawnerr"])
            for answer in answers
        ]

    def stop_all(self) -> None:
        """Ask all processes to stop, at once. Told to exit, supervisord stops them one after the other."""
        with suppress(OSError):
            self._call("stopAllProcesses", False)

    def stop(self, group: str, process: str) -> None:
        """Ask a process to stop; it may take its time. OSError if it does not run."""
        self._call("stopProcess", f"{group}:{process}", False)

    def start(self, group: str, process: str) -> None:
        """Start a process. OSError if it runs, or if nobody has noticed yet that it died."""
        self._call("startProcess", f"{group}:{process}", False)

    def nudge(self) -> None:
        """Wake supervisord: it looks after its children once a second, or when somebody speaks to it."""
        with suppress(OSError):
            self._call("getState")

    def _call(self, method: str, *arguments: Any) -> Any:
        try:
            return getattr(self._proxy.supervisor, method)(*arguments)
        except (http.client.HTTPException, xmlrpc.client.Error, ExpatError) as error:
            # ExpatError: it was killed in the middle of its answer.
            raise OSError(f"supervisord: {error}") from error
        finally:
            self._transport.close()


class _OverUnixSocket(xmlrpc.client.Transport):
    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path
        self._connection: Any = (None, None)  # what Transport.close() closes

    def make_connection(self, host: Any) -> http.client.HTTPConnection:
        connection = _UnixConnection(self._path)
        self._connection = host, connection
        return connection


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=TIMEOUT)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(TIMEOUT)
        try:
            self.sock.connect(self._path)
        except OSError:
            self.sock.close()
            raise

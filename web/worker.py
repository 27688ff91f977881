"""The worker of gunicorn: who has come before a stop is answered, and who does not leave holds nobody up.

Who is to be refused is refused at the door, by the main loop itself. On its way through the threads a refusal
would stand in line for the interpreter, behind a question at work, at each call of the system.
"""

import re
import sys
from concurrent.futures import Future
from contextlib import suppress
from select import POLLIN, poll
from socket import MSG_DONTWAIT, MSG_PEEK, SHUT_RDWR, socket
from time import monotonic
from typing import Any

from gunicorn import glogging, http, util
from gunicorn.http import body, message, wsgi
from gunicorn.http.errors import ParseException
from gunicorn.workers.gthread import _DEFER, TConn, ThreadWorker

from web.admission import AT_THE_DOOR, Gate

_NOT_ASCII = re.compile(rb"[\x80-\xff]")
# Of a body that was refused unread; who is still sending one does not hear the answer before that.
_DRAINED_BYTES = 32 << 20
_MOST_BYTES = 8_192  # of a request that is answered at the door: what is read of one at once
_AT_ONCE = 16  # connections taken in together where most are refused
# Seconds after which a question at work gives way: soon while some are refused, or they would wait for it
# longest; else as Python has it, for giving way costs time.
_HURRIED, _USUAL = 0.0005, sys.getswitchinterval()
_CALM_SECONDS = 1.0  # after a refusal
# What can be answered at the door: not what is read from files, however it is spelled and wherever the
# program is mounted, and nothing with a body.
_BRIEF = re.compile(rb"(?:GET|HEAD) /(?![^ ?]*(?:static/|metrics|readyz|%2[fF]|%[67]))")
_LONG = re.compile(rb"\n(?:content-length|transfer-encoding|expect|upgrade)\s*:", re.IGNORECASE)
_SOON_MS = 50  # a connection waits with its thread; then with all others, at no cost


class Request(message.Request):  # type: ignore[misc] # gunicorn has no types
    """A request; after one whose body is malformed, cut short or left unread the connection ends."""

    def parse_request_line(self, line_bytes: bytes) -> None:
        """Russian letters are typed into curl as they are: they stand for the same, percent-encoded."""
        super().parse_request_line(_NOT_ASCII.sub(lambda byte: b"%%%02X" % ord(byte[0]), line_bytes))

    def set_body_reader(self) -> None:
        """Find out how the body is told from what comes after it."""
        super().set_body_reader()
        self.body.reader = _Reader(self.body.reader)

    def should_close(self) -> bool:
        """Whether nothing more is to come on the connection."""
        return bool(super().should_close() or self.body.failed or self.body.reader.has_more())


class _Reader:
    """Reads a body; one that is none fails as a connection does that breaks off."""

    def __init__(self, reader: "body.ChunkedReader | body.LengthReader") -> None:
        self._reader = reader

    def has_more(self) -> bool:
        """Whether the end of the body was not reached yet."""
        if isinstance(self._reader, body.LengthReader):
            return bool(self._reader.length)
        return self._reader.parser is not None

    def read(self, size: int) -> bytes:
        """At most so many bytes; raises OSError."""
        promised = getattr(self._reader, "length", 0)
        try:
            content: bytes = self._reader.read(size)
        except ParseException as error:
            raise OSError(f"malformed body: {error}") from error
        if len(content) < min(size, promised):
            raise OSError(f"{promised - len(content)} bytes of the body are missing")
        return content


class Response(wsgi.Response):  # type: ignore[misc] # gunicorn has no types
    """A response whose head is sent together with the beginning of its body.

    Each call of the system costs more than the bytes: the threads fight for the interpreter after it.
    """

    sock: Any

    def write(self, part: bytes) -> None:
        """Send a part of the body."""
        if self.headers_sent:
            super().write(part)
            return
        line, pieces = self.sock, _Pieces()
        self.sock = pieces
        try:
            super().write(part)
        finally:
            self.sock = line
        line.sendall(b"".join(pieces))


class _Pieces(list[bytes]):
    """What is to be sent, in the place of a socket."""

    sendall = list.append


class Log(glogging.Logger):  # type: ignore[misc] # gunicorn has no types
    """The log of the server itself."""

    def access(self, *_: object) -> None:
        """Requests are logged by the application; what a line would tell of them is not even gathered."""


class Worker(ThreadWorker):  # type: ignore[misc] # gunicorn has no types
    """A gthread worker with habits of its own, at its doors."""

    _crowded_until = 0.0

    @property
    def _gate(self) -> Gate:
        gate: Gate = self.app.callable.extensions["gate"]
        return gate

    def accept(self, listener: socket) -> None:
        """Let in who connects; where questions are refused, several at a time."""
        with suppress(BlockingIOError, ConnectionAbortedError):
            for _ in range(_AT_ONCE if self._gate.full else 1):
                line, client = listener.accept()
                self.nr_conns += 1
                self.enqueue_req(TConn(self.cfg, line, client, listener.getsockname()))

    def enqueue_req(self, conn: TConn) -> None:
        """Have a request answered by a thread; by the door, if it has come and is to be refused."""
        full = self.alive and self._gate.full
        if full:
            self._crowded_until = monotonic() + _CALM_SECONDS
        sys.setswitchinterval(_HURRIED if monotonic() < self._crowded_until else _USUAL)
        come = full and not self.cfg.is_ssl and _has_come(conn)  # what is encrypted is read by a thread
        if come is False:
            super().enqueue_req(conn)
            return
        goes_on = self._answer(conn) if come else _DEFER
        if goes_on:
            fate: Future[object] = Future()
            fate.set_result(goes_on)
            self.finish_request(conn, fate)
        else:  # nothing is left to be read on it
            self.nr_conns -= 1
            conn.close()

    def _answer(self, conn: TConn) -> bool:
        """Answer a request without waiting for anything; whether the connection is to go on.

        Until a thread takes a connection over it does not block, so who does not read is given up.
        """
        if not conn.initialized:
            conn.initialized = True
            conn.parser = http.get_parser(self.cfg, conn.sock, conn.client)
        at_the_door = AT_THE_DOOR.set(True)
        request = None
        try:
            request = next(conn.parser)
            return bool(self.handle_request(request, conn))
        except (OSError, StopIteration):
            return False
        except Exception as error:  # malformed: told as in a thread
            self.handle_error(request, conn.sock, conn.client, error)
            return False
        finally:
            AT_THE_DOOR.reset(at_the_door)

    def set_accept_enabled(self, enabled: bool) -> None:
        """Begin or cease to accept connections; once the worker has to stop, for good.

        Those who connected before the stop wait in a queue of the system, which is dropped with the door, so
        they are taken in first. Those who come later must learn at once that nobody is there.
        """
        super().set_accept_enabled(enabled)
        if not self.alive:
            for door in self.sockets:
                before = -1
                while before < self.nr_conns:
                    before = self.nr_conns
                    self.accept(door)
                door.close()

    def handle(self, conn: TConn) -> object:
        """Answer a request; whether, or that later, the connection is to go on.

        A client is given two seconds to close its side, and to hear the answer if it is still sending. That
        is waited for here, in a thread of the pool: the main loop, which closes the connection next, would
        let nobody else in meanwhile.
        """
        while (goes_on := super().handle(conn)) is True and self._more(conn):
            pass
        if not goes_on:
            with suppress(OSError):
                util.close_graceful(conn.sock.dup(), max_drain=_DRAINED_BYTES)
                conn.sock.shutdown(SHUT_RDWR)
        return goes_on

    def _keepalive_after(self, _: TConn, keepalive: object) -> bool:
        """Whether the connection can be reused; if so, nothing of the body is left (see Request)."""
        return bool(keepalive)

    def _more(self, conn: TConn) -> bool:
        """Whether the next request on the connection has come, as it soon does where many are asked.

        The way through the main loop and back to a thread costs a quarter of an answer that is kept. As long
        as there is a thread for every connection, nobody lacks the one that waits here.
        """
        if not self.alive or self._gate.full or self.nr_conns > self.cfg.threads:
            return False
        if conn.parser.unreader.buf.getvalue():
            return True
        coming = poll()
        coming.register(conn.sock, POLLIN)
        return bool(coming.poll(_SOON_MS)) and self.alive


def _has_come(conn: TConn) -> bool | None:
    """Whether all of a brief request has come; None if nothing has."""
    if conn.parser and conn.parser.unreader.buf.getvalue():
        return False
    try:
        head = conn.sock.recv(_MOST_BYTES, MSG_PEEK | MSG_DONTWAIT)
    except BlockingIOError:
        return None
    except OSError:
        return False
    return bool(head.endswith(b"\r\n\r\n") and _BRIEF.match(head) and not _LONG.search(head))

"""The worker of gunicorn: who has come before a stop is answered, and who does not leave holds nobody up."""

from contextlib import suppress
from socket import SHUT_RDWR

from gunicorn import util
from gunicorn.workers.gthread import TConn, ThreadWorker


class Worker(ThreadWorker):  # type: ignore[misc] # gunicorn has no types
    """A gthread worker with two habits of its own, at its doors."""

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

        A client is given two seconds to close its side. That is waited for here, in a thread of the pool: the
        main loop, which closes the connection next, would let nobody else in meanwhile.
        """
        goes_on = super().handle(conn)
        if not goes_on:
            with suppress(OSError):
                util.close_graceful(conn.sock.dup())
                conn.sock.shutdown(SHUT_RDWR)
        return goes_on

"""The worker of gunicorn that answers everybody who had come before it was told to stop."""

from gunicorn.workers.gthread import ThreadWorker


class Worker(ThreadWorker):  # type: ignore[misc] # gunicorn has no types
    """Takes in what waits at the door before it closes it, and closes it before it answers.

    Those who connected before the stop wait in a queue of the system, which is dropped with the door; those
    who come later must learn at once that nobody is there, so that a proxy asks elsewhere.
    """

    def set_accept_enabled(self, enabled: bool) -> None:
        """Begin or cease to accept connections; once the worker has to stop, for good."""
        super().set_accept_enabled(enabled)
        if not self.alive:
            for door in self.sockets:
                before = -1
                while before < self.nr_conns:
                    before = self.nr_conns
                    self.accept(door)
                door.close()

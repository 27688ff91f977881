"""The application as in a service that is asked more than it can answer, for ever."""

from web.admission import Gate
from wsgi import app


class Full(Gate):
    """A gate that refuses whoever comes."""

    full = True


app.extensions["gate"] = Full(1.0)
__all__ = ["app"]

"""What people wait for is sent small, where the browser takes gzip: pages, styles, scripts, feeds, tables."""

import gzip

from flask import Flask, Response, request

KINDS = ("text/html", "text/css", "text/javascript", "text/csv", "image/svg+xml", "application/atom+xml")
LEAST_BYTES = 1_000  # what fits into one packet is no faster for being smaller
LEVEL = 5  # a millisecond or so for a page, and hardly larger than the best


def install(app: Flask) -> None:
    """Compress the answers of the application."""

    @app.after_request
    def shrink(response: Response) -> Response:
        if response.mimetype not in KINDS or response.status_code != 200:
            return response
        response.vary.add("Accept-Encoding")
        if not request.accept_encodings.quality("gzip") or "Content-Encoding" in response.headers:
            return response
        response.direct_passthrough = False  # files are sent by us then
        if len(content := response.get_data()) >= LEAST_BYTES:
            response.set_data(gzip.compress(content, LEVEL, mtime=0))
            response.headers["Content-Encoding"] = "gzip"
            if (etag := response.get_etag()[0]) is not None:
                response.set_etag(etag, weak=True)  # other bytes of the same content
        return response

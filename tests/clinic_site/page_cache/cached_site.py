"""A site behind a page cache, with a clock and a content version to be moved by hand."""

from collections.abc import Callable, Iterator
from typing import Any

from clinic_site.page_cache import PageCache

COMMON = [
    ("Content-Type", "text/html"),
    ("Cache-Control", "public, max-age=0, s-maxage=300"),
    ("Vary", "Accept-Encoding"),
    ("X-Page-Query", "page,topic"),
]


class Site:
    """A site behind a cache, with a clock and a content version to be moved by hand."""

    def __init__(self) -> None:
        self.now = 1_000_000.0
        self.version: int | None = 7
        self.rendered: list[dict[str, Any]] = []
        self.headers = list(COMMON)
        self.status = "200 OK"
        self.body: Callable[[], bytes] = lambda: b"page %d" % len(self.rendered)
        self.cache = PageCache(self.application, clock=lambda: self.now)

    def application(self, environ: dict[str, Any], start: Any) -> Iterator[bytes]:
        self.rendered.append(environ)
        body = self.body()
        start(self.status, list(self.headers))
        return iter([body])

    def get(self, path: str = "/", **environ: Any) -> "Reply":
        path, _question, query = path.partition("?")
        reply = Reply()
        environ = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "HTTP_HOST": "clinic.example:8443",
            "wsgi.url_scheme": "https",
        } | environ
        reply.body = b"".join(self.cache(environ, reply.start))
        return reply


class Reply:
    status = ""
    body = b""

    def __init__(self) -> None:
        self.headers: dict[str, str] = {}

    def start(self, status: str, headers: list[tuple[str, str]], *_rest: Any) -> None:
        names = [name.lower() for name, _value in headers]
        assert len(names) == len(set(names)), headers
        self.status, self.headers = status, dict(headers)

    @property
    def state(self) -> str:
        return self.headers["X-Cache"]

"""A function that answers: as fast as gunicorn can be with a page of this size."""

from collections.abc import Callable, Iterable
from typing import Any

BODY = b"x" * 12_800
HEADERS = [("Content-Type", "text/html"), ("Content-Length", str(len(BODY)))]


def application(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    start("200 OK", list(HEADERS))
    return [BODY]

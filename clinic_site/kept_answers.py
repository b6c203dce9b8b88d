"""Answers as they are kept: what of them may be, for how long, and how they are sent again."""

import gzip
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from hashlib import blake2b
from typing import Any

import brotli

from clinic_site.caching import QUERY_HEADER, UNTIL_HEADER

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Headers = list[tuple[str, str]]

# The best first. Brotli's highest quality takes fifty times as long as this one, which is as
# quick as gzip, and a tenth smaller.
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "br": partial(brotli.compress, quality=5),
    "gzip": partial(gzip.compress, compresslevel=6, mtime=0),
}
KEPT_STATUSES = {"200", "301", "404"}


@dataclass(eq=False)
class Answer:
    """A complete answer, ready to be sent."""

    status: str
    headers: Headers
    body: bytes
    etag: str
    version: int
    stored_at: float
    seconds: int
    until: float | None
    # Read since the last round of eviction.
    is_used: bool = False
    # By the coding's name: packed when first asked for, then kept.
    _packed: dict[str, bytes] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Return about how many bytes of memory it takes, packed both ways."""
        headers = sum(len(name) + len(value) for name, value in self.headers)
        # Text that is packed both ways is half as long as it was.
        return len(self.body) * 3 // 2 + headers + 3072

    def packed(self, coding: str) -> bytes:
        """Return the body in a coding of PACKERS."""
        found = self._packed.get(coding)
        if found is None:
            found = self._packed[coding] = PACKERS[coding](self.body)
        return found

    def is_true(self, now: float) -> bool:
        """Tell whether what it says still holds as far as time goes."""
        return self.until is None or now < self.until

    def is_fresh(self, version: int | None, now: float) -> bool:
        return (
            self.version == version
            # A clock that was put back says nothing of how old it is.
            and self.stored_at <= now < self.stored_at + self.seconds
            and self.is_true(now)
        )


def answer_to_keep(
    status: str, headers: Headers, body: bytes, version: int | None, now: float
) -> Answer | None:
    """Return what may be kept of an answer, None if nothing may."""
    directives = {
        name.strip(): value
        for name, _equals, value in (
            part.partition("=")
            for part in header(headers, "Cache-Control").lower().split(",")
        )
    }
    varies = {name.strip().lower() for name in header(headers, "Vary").split(",")}
    seconds = directives.get("s-maxage", "")
    if (
        status[:3] not in KEPT_STATUSES
        or version is None
        or "public" not in directives
        or {"private", "no-store"} & directives.keys()
        or not seconds.isdigit()
        or not int(seconds)
        or varies - {"accept-encoding", ""}
        or header(headers, "Set-Cookie")
    ):
        return None
    until = header(headers, UNTIL_HEADER)
    sent = [
        pair
        for pair in for_others(headers, "")[:-1]
        if pair[0].lower() != "content-length"
    ]
    return Answer(
        status=status,
        headers=sent,
        body=body,
        etag=f'W/"{blake2b(body, digest_size=12).hexdigest()}"',
        version=version,
        stored_at=now,
        seconds=int(seconds),
        until=float(until) if until else None,
    )


def send(
    answer: Answer,
    environ: Environ,
    start_response: StartResponse,
    state: str,
    now: float,
) -> list[bytes]:
    headers = [
        *answer.headers,
        ("ETag", answer.etag),
        ("Age", str(max(0, int(now - answer.stored_at)))),
        ("X-Cache", state),
    ]
    wanted = environ.get("HTTP_IF_NONE_MATCH")
    if wanted and answer.status.startswith("200") and _matches(wanted, answer.etag):
        start_response(
            "304 Not Modified",
            [pair for pair in headers if pair[0].lower() != "content-type"],
        )
        return []
    body = answer.body
    understood = _codings(environ.get("HTTP_ACCEPT_ENCODING", ""))
    for coding in PACKERS:
        if coding in understood:
            body = answer.packed(coding)
            headers.append(("Content-Encoding", coding))
            break
    headers.append(("Content-Length", str(len(body))))
    start_response(answer.status, headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


def _codings(accepted: str) -> set[str]:
    """Return the codings that a browser names and does not refuse by a weight of zero."""
    return {
        coding.strip().lower()
        for coding, _semicolon, weight in (
            part.partition(";") for part in accepted.split(",")
        )
        if not re.fullmatch(r"\s*q=0(\.0*)?\s*", weight)
    }


def _matches(wanted: str, etag: str) -> bool:
    tags = {tag.strip().removeprefix("W/") for tag in wanted.split(",")}
    return "*" in tags or etag.removeprefix("W/") in tags


def header(headers: Headers, name: str) -> str:
    return next((value for key, value in headers if key.lower() == name.lower()), "")


def for_others(headers: Headers, state: str) -> Headers:
    """Return headers without those that are meant for this cache alone."""
    own = {QUERY_HEADER.lower(), UNTIL_HEADER.lower()}
    return [pair for pair in headers if pair[0].lower() not in own] + [
        ("X-Cache", state)
    ]

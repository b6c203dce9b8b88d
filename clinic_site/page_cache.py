"""A small shared HTTP cache in front of Django, in the memory of each process.

It obeys the headers that `clinic_site.caching` states, as any proxy would (RFC 9111), and one
rule more: a page of an older content version is not shown while the database answers.
"""

import gzip
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from hashlib import blake2b
from threading import Event, Lock
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.conf import settings

from clinic_site.caching import QUERY_HEADER, UNTIL_HEADER
from clinic_site.content_version import ENVIRON_KEY, Knowledge

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]
Headers = list[tuple[str, str]]

MOST_BYTES = 64 * 1024 * 1024
# Paths learned from answers: which names of the query each one reads.
MOST_PATHS = 10_000
# A page that only aged may be shown that many seconds longer while another is rendered.
STALE_SECONDS = 30
# How long a request waits for another one's rendering before it renders itself.
WAIT_SECONDS = 5
# How old a page may be that is shown because the database is gone.
OLDEST_WITHOUT_DATABASE = 24 * 60 * 60
KEPT_STATUSES = {"200", "301", "404"}
# Answered by Django or other middleware each time: never the same for everyone, or not ours.
PASSED_PATHS = (
    "/admin/",
    "/documents/",
    "/media/",
    "/static/",
    "/newsletter/",
    "/livez",
    "/healthz",
)


@dataclass(eq=False)
class Answer:
    """A complete answer, ready to be sent."""

    status: str
    headers: Headers
    body: bytes
    packed: bytes
    etag: str
    version: int
    stored_at: float
    seconds: int
    until: float | None
    # Read since the last round of eviction.
    is_used: bool = field(default=True)

    @property
    def size(self) -> int:
        return len(self.body) + len(self.packed) + 1024

    def is_true(self, now: float) -> bool:
        """Tell whether what it says still holds as far as time goes."""
        return self.until is None or now < self.until

    def is_fresh(self, version: int | None, now: float) -> bool:
        return (
            self.version == version
            and now < self.stored_at + self.seconds
            and self.is_true(now)
        )


class PageCache:
    """WSGI middleware: answers from memory what may be kept, and keeps what Django says."""

    def __init__(
        self,
        application: Application,
        *,
        clock: Callable[[], float] = time.time,
        most_bytes: int = MOST_BYTES,
        wait_seconds: float = WAIT_SECONDS,
    ) -> None:
        self._application = application
        self._clock = clock
        self._most_bytes = most_bytes
        self._wait_seconds = wait_seconds
        self._knowledge = Knowledge(clock)
        self._answers: OrderedDict[tuple[str, ...], Answer] = OrderedDict()
        self._bytes = 0
        self._queries: OrderedDict[str, frozenset[str]] = OrderedDict()
        self._rendering: dict[tuple[str, ...], Event] = {}
        self._lock = Lock()

    def __call__(
        self, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        if not _may_be_kept(environ):
            return self._pass(environ, start_response)
        key = self._key(environ)
        self._knowledge.refresh()
        now = self._clock()
        answer = self._answers.get(key)
        if answer is not None and answer.is_fresh(self._knowledge.version, now):
            answer.is_used = True
            return _send(answer, environ, start_response, "hit", now)
        return self._renew(key, answer, environ, start_response)

    def _pass(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] == "POST" and not _has_session(environ):
            self._knowledge.refresh()
            environ[ENVIRON_KEY] = self._knowledge.version

        def start(status: str, headers: Headers, *rest: Any) -> Any:
            return start_response(status, _public(headers, "bypass"), *rest)

        return self._application(environ, start)

    def _key(self, environ: Environ) -> tuple[str, ...]:
        path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        query = environ.get("QUERY_STRING", "")
        if query:
            query = self._declared(path, query)
        return (
            _scheme(environ),
            environ.get("HTTP_HOST", ""),
            path,
            query,
        )

    def _declared(self, path: str, query: str) -> str:
        """Return the part of a query that the page at this path reads, in one order.

        Until the page has been rendered once nothing is known: all of it counts.
        """
        names = self._queries.get(path)
        try:
            pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=20)
        except ValueError:
            pairs = []
        # As in Django, the last of several values is the one that is read.
        values = {
            name: value for name, value in pairs if names is None or name in names
        }
        return urlencode(sorted(values.items()))

    def _renew(
        self,
        key: tuple[str, ...],
        answer: Answer | None,
        environ: Environ,
        start_response: StartResponse,
    ) -> Iterable[bytes]:
        """Render a page, once however many ask for it, or wait for who does."""
        with self._lock:
            event = self._rendering.get(key)
            is_mine = event is None
            if event is None:
                event = self._rendering[key] = Event()
        if not is_mine:
            now = self._clock()
            if answer is not None and self._only_aged(answer, now):
                return _send(answer, environ, start_response, "stale", now)
            event.wait(self._wait_seconds)
            found = self._answers.get(self._key(environ))
            now = self._clock()
            if found is not None and found.is_fresh(self._knowledge.version, now):
                return _send(found, environ, start_response, "hit", now)
            return self._render(key, environ, start_response)
        try:
            return self._render(key, environ, start_response)
        finally:
            with self._lock:
                self._rendering.pop(key, None)
            event.set()

    def _only_aged(self, answer: Answer, now: float) -> bool:
        return (
            answer.version == self._knowledge.version
            and now < answer.stored_at + answer.seconds + STALE_SECONDS
            and answer.is_true(now)
        )

    def _render(
        self, key: tuple[str, ...], environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        # Asked now: what is rendered from here on is at least of this version.
        version = self._knowledge.ask()
        if version is None:
            kept = self._without_database(key, environ, start_response)
            if kept is not None:
                return kept
        try:
            status, headers, body = _call(
                self._application, _plain(environ, key[3]) | {ENVIRON_KEY: version}
            )
        except Exception:
            self._knowledge.ask()
            kept = self._without_database(key, environ, start_response)
            if kept is None:
                raise
            return kept
        if status.startswith("5"):
            self._knowledge.ask()
            kept = self._without_database(key, environ, start_response)
            if kept is not None:
                return kept
        now = self._clock()
        answer = _answer(status, headers, body, version, now)
        if answer is None:
            start_response(status, _public(headers, "miss"))
            return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]
        self._keep(key, headers, answer)
        return _send(answer, environ, start_response, "miss", now)

    def _without_database(
        self, key: tuple[str, ...], environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes] | None:
        """Show what was kept, if the database is gone and nothing newer is known of."""
        answer, now = self._answers.get(key), self._clock()
        if (
            self._knowledge.is_sure
            or answer is None
            or answer.version != self._knowledge.version
            or now > answer.stored_at + OLDEST_WITHOUT_DATABASE
            or not answer.is_true(now)
        ):
            return None
        return _send(answer, environ, start_response, "stale", now)

    def _keep(self, key: tuple[str, ...], headers: Headers, answer: Answer) -> None:
        names = frozenset(
            name for name in _value(headers, QUERY_HEADER).split(",") if name
        )
        path = key[2]
        with self._lock:
            if answer.status.startswith("200"):
                self._queries[path] = names
                self._queries.move_to_end(path)
                if len(self._queries) > MOST_PATHS:
                    self._queries.popitem(last=False)
            # Only now is it known which names of the query count.
            kept = dict(parse_qsl(key[3], keep_blank_values=True))
            declared = {name: value for name, value in kept.items() if name in names}
            key = (*key[:3], urlencode(sorted(declared.items())))
            old = self._answers.pop(key, None)
            self._bytes += answer.size - (old.size if old else 0)
            self._answers[key] = answer
            while self._bytes > self._most_bytes and self._answers:
                oldest, candidate = self._answers.popitem(last=False)
                if candidate.is_used and len(self._answers) > 1:
                    candidate.is_used = False
                    self._answers[oldest] = candidate
                else:
                    self._bytes -= candidate.size


def _may_be_kept(environ: Environ) -> bool:
    return (
        environ["REQUEST_METHOD"] in {"GET", "HEAD"}
        and "HTTP_AUTHORIZATION" not in environ
        and not _has_session(environ)
        and not environ.get("PATH_INFO", "").startswith(PASSED_PATHS)
    )


def _has_session(environ: Environ) -> bool:
    return settings.SESSION_COOKIE_NAME in environ.get("HTTP_COOKIE", "")


def _scheme(environ: Environ) -> str:
    """Return the scheme as Django sees it."""
    trusted = settings.SECURE_PROXY_SSL_HEADER
    if trusted and trusted[0] in environ:
        first = str(environ[trusted[0]]).split(",", 1)[0].strip()
        return "https" if first == trusted[1] else "http"
    return str(environ.get("wsgi.url_scheme", "http"))


def _plain(environ: Environ, query: str) -> Environ:
    """Return a request for the whole page, as the same for everyone as can be."""
    changed = {
        name: value
        for name, value in environ.items()
        if name
        not in {
            "HTTP_ACCEPT_ENCODING",
            "HTTP_COOKIE",
            "HTTP_IF_MODIFIED_SINCE",
            "HTTP_IF_NONE_MATCH",
            "HTTP_RANGE",
        }
    }
    return changed | {"REQUEST_METHOD": "GET", "QUERY_STRING": query}


def _call(application: Application, environ: Environ) -> tuple[str, Headers, bytes]:
    started: list[tuple[str, Headers]] = []

    def start(status: str, headers: Headers, *_rest: Any) -> None:
        started.append((status, headers))

    parts = application(environ, start)
    try:
        body = b"".join(parts)
    finally:
        if hasattr(parts, "close"):
            parts.close()
    status, headers = started[-1]
    return status, headers, body


def _value(headers: Headers, name: str) -> str:
    return next((value for key, value in headers if key.lower() == name.lower()), "")


def _public(headers: Headers, state: str) -> Headers:
    """Return headers without those that are meant for this cache alone."""
    own = {QUERY_HEADER.lower(), UNTIL_HEADER.lower()}
    return [pair for pair in headers if pair[0].lower() not in own] + [
        ("X-Cache", state)
    ]


def _answer(
    status: str, headers: Headers, body: bytes, version: int | None, now: float
) -> Answer | None:
    """Return what may be kept of an answer, None if nothing may."""
    directives = {
        name.strip(): value
        for name, _equals, value in (
            part.partition("=")
            for part in _value(headers, "Cache-Control").lower().split(",")
        )
    }
    varies = {name.strip().lower() for name in _value(headers, "Vary").split(",")}
    seconds = directives.get("s-maxage", "")
    if (
        status[:3] not in KEPT_STATUSES
        or version is None
        or "public" not in directives
        or {"private", "no-store"} & directives.keys()
        or not seconds.isdigit()
        or not int(seconds)
        or varies - {"accept-encoding", ""}
        or _value(headers, "Set-Cookie")
    ):
        return None
    until = _value(headers, UNTIL_HEADER)
    sent = [
        pair
        for pair in _public(headers, "")[:-1]
        if pair[0].lower() != "content-length"
    ]
    return Answer(
        status=status,
        headers=sent,
        body=body,
        packed=gzip.compress(body, 6, mtime=0),
        etag=f'W/"{blake2b(body, digest_size=12).hexdigest()}"',
        version=version,
        stored_at=now,
        seconds=int(seconds),
        until=float(until) if until else None,
    )


def _send(
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
    if "gzip" in environ.get("HTTP_ACCEPT_ENCODING", ""):
        body = answer.packed
        headers.append(("Content-Encoding", "gzip"))
    headers.append(("Content-Length", str(len(body))))
    start_response(answer.status, headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


def _matches(wanted: str, etag: str) -> bool:
    tags = {tag.strip().removeprefix("W/") for tag in wanted.split(",")}
    return "*" in tags or etag.removeprefix("W/") in tags

"""A small shared HTTP cache in front of Django, in the memory of each process.

It obeys the headers that `clinic_site.caching` states, as any proxy would (RFC 9111), and one
rule more: a page of an older content version is not shown while the database answers.
"""

import re
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from threading import Event, Lock
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.conf import settings
from django.http import parse_cookie

from clinic_site.caching import ASKED_TO_KEEP, QUERY_HEADER
from clinic_site.content_version import ENVIRON_KEY, Knowledge
from clinic_site.kept_answers import (
    Answer,
    Environ,
    Headers,
    StartResponse,
    answer_to_keep,
    for_others,
    header,
    send,
)

Application = Callable[[Environ, StartResponse], Iterable[bytes]]

MOST_BYTES = 64 * 1024 * 1024
# Paths learned from answers: which names of the query each one reads.
MOST_PATHS = 10_000
# A page that only aged may be shown that many seconds longer while another is rendered.
STALE_SECONDS = 30
# How long a request waits for another one's rendering before it renders itself.
WAIT_SECONDS = 5
# How old a page may be that is shown because the database is gone.
OLDEST_WITHOUT_DATABASE = 24 * 60 * 60
# Answered by Django or other middleware each time: never the same for everyone, or not ours.
PASSED_PATHS = re.compile(
    r"/(admin|documents|media)/|/newsletter/(?!archive/)"
    r"|/(livez|healthz)|/articles/\d+/view"
)
# Scheme, path, query.
Key = tuple[str, str, str]


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
        self._answers: OrderedDict[Key, Answer] = OrderedDict()
        self._bytes = 0
        self._queries: OrderedDict[str, frozenset[str]] = OrderedDict()
        self._rendering: dict[Key, Event] = {}
        self._lock = Lock()

    def __call__(
        self, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        is_static = environ.get("PATH_INFO", "").startswith(settings.STATIC_URL)
        # Below another prefix all links are others. A server that passes on headers with
        # underscores lets anyone name one.
        if is_static or environ.get("SCRIPT_NAME"):
            return self._application(environ, _bypassing(start_response))
        if not _may_be_kept(environ):
            return self._pass(environ, start_response)
        key = self._key(environ)
        self._knowledge.refresh()
        # In this order: no other thread can have stored it after `now`.
        answer = self._answers.get(key)
        now = self._clock()
        if answer is not None and answer.is_fresh(self._knowledge.version, now):
            answer.is_used = True
            return send(answer, environ, start_response, "hit", now)
        return self._renew(key, answer, environ, start_response)

    def _pass(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if not _has_session(environ):
            self._knowledge.refresh()
            environ[ENVIRON_KEY] = self._knowledge.version
        return self._application(environ, _bypassing(start_response))

    def _key(self, environ: Environ) -> Key:
        path = environ.get("PATH_INFO", "")
        query = environ.get("QUERY_STRING", "")
        if query:
            query = self._declared(path, query)
        return (
            _scheme(environ),
            path,
            query,
        )

    def _declared(self, path: str, query: str) -> str:
        """Return the part of a query that the page at this path reads, in one order.

        Until the page has been rendered once nothing is known: all of it counts.
        """
        names = self._queries.get(path)
        # As in Django, the last of several values is the one that is read.
        values = {
            name: value
            for name, value in parse_qsl(query, keep_blank_values=True)
            if names is None or name in names
        }
        return urlencode(sorted(values.items()))

    def _renew(
        self,
        key: Key,
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
                return send(answer, environ, start_response, "stale", now)
            event.wait(self._wait_seconds)
            found = self._answers.get(self._key(environ))
            now = self._clock()
            if found is not None and found.is_fresh(self._knowledge.version, now):
                return send(found, environ, start_response, "hit", now)
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
            and answer.stored_at <= now
            and now < answer.stored_at + answer.seconds + STALE_SECONDS
            and answer.is_true(now)
        )

    def _render(
        self, key: Key, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        # Asked now: what is rendered from here on is at least of this version.
        version = None if self._knowledge.is_vain() else self._knowledge.ask()
        if version is None:
            kept = self._without_database(key, environ, start_response)
            if kept is not None:
                return kept
        try:
            status, headers, body = _call(
                self._application,
                _plain(environ, key[2]) | {ENVIRON_KEY: version, ASKED_TO_KEEP: True},
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
        answer = answer_to_keep(status, headers, body, version, now)
        if answer is None:
            start_response(status, for_others(headers, "miss"))
            return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]
        # Where a query leads to is not where its path alone leads to.
        if status.startswith("200") or not key[2]:
            self._keep(key, headers, answer)
        return send(answer, environ, start_response, "miss", now)

    def _without_database(
        self, key: Key, environ: Environ, start_response: StartResponse
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
        return send(answer, environ, start_response, "stale", now)

    def _keep(self, key: Key, headers: Headers, answer: Answer) -> None:
        names = frozenset(
            name for name in header(headers, QUERY_HEADER).split(",") if name
        )
        path = key[1]
        with self._lock:
            if answer.status.startswith("200"):
                self._queries[path] = names
                self._queries.move_to_end(path)
                if len(self._queries) > MOST_PATHS:
                    self._queries.popitem(last=False)
            # Only now is it known which names of the query count.
            kept = dict(parse_qsl(key[2], keep_blank_values=True))
            declared = {name: value for name, value in kept.items() if name in names}
            key = (*key[:2], urlencode(sorted(declared.items())))
            old = self._answers.pop(key, None)
            self._bytes += _size(key, answer) - (_size(key, old) if old else 0)
            self._answers[key] = answer
            while self._bytes > self._most_bytes and self._answers:
                oldest, candidate = self._answers.popitem(last=False)
                if candidate.is_used and len(self._answers) > 1:
                    candidate.is_used = False
                    self._answers[oldest] = candidate
                else:
                    self._bytes -= _size(oldest, candidate)


def _size(key: Key, answer: Answer) -> int:
    """Return about how many bytes of memory an answer takes: anyone may ask for long paths."""
    return sum(map(len, key)) + answer.size


def _may_be_kept(environ: Environ) -> bool:
    return (
        environ["REQUEST_METHOD"] in {"GET", "HEAD"}
        and "HTTP_AUTHORIZATION" not in environ
        and not _has_session(environ)
        # By another name, or another port, it is not the site that others see.
        and environ.get("HTTP_HOST", "").lower() == _host()
        and not PASSED_PATHS.match(environ.get("PATH_INFO", ""))
    )


def _has_session(environ: Environ) -> bool:
    return settings.SESSION_COOKIE_NAME in environ.get("HTTP_COOKIE", "")


def _host() -> str:
    return urlsplit(settings.SITE_URL).netloc.lower()


def _scheme(environ: Environ) -> str:
    """Return the scheme as Django sees it."""
    trusted = settings.SECURE_PROXY_SSL_HEADER
    if trusted and trusted[0] in environ:
        first = str(environ[trusted[0]]).split(",", 1)[0].strip()
        return "https" if first == trusted[1] else "http"
    return str(environ.get("wsgi.url_scheme", "http"))


def _bypassing(start_response: StartResponse) -> StartResponse:
    def start(status: str, headers: Headers, *rest: Any) -> Any:
        return start_response(status, for_others(headers, "bypass"), *rest)

    return start


def _plain(environ: Environ, query: str) -> Environ:
    """Return a request for the whole page, as the same for everyone as can be.

    A form's cookie stays: a page that reads it is kept for nobody, and a new one each time
    would make worthless what stands in another tab.
    """
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
    name = settings.CSRF_COOKIE_NAME
    token = parse_cookie(environ.get("HTTP_COOKIE", "")).get(name, "")
    # Whatever else somebody writes there is none of Django's.
    if re.fullmatch(r"[A-Za-z0-9]{32}|[A-Za-z0-9]{64}", token):
        changed["HTTP_COOKIE"] = f"{name}={token}"
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

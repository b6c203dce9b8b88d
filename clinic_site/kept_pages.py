"""Pages rendered once per content version, with gaps for what changes by itself.

A number of views, or the time stamped on a form, changes without a change of content. To put
the present ones into a page that was rendered before takes a twentieth of rendering it.
"""

import re
import secrets
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import has_vary_header
from django.utils.html import escape

from clinic_site.caching import ASKED_TO_KEEP, fresh_until, same_for_everyone
from clinic_site.content_version import ENVIRON_KEY

MOST_BYTES = 16 * 1024 * 1024
# Rendered anew after that long, should anything else on a page go by the clock. What is
# rendered last is shown by the page cache for a while longer.
LONGEST = timedelta(hours=1)
# Wagtail's name for the file of a picture that it could not read: it may be there again soon.
LOST_FILE = "/not-found"

# Returns what is shown at a moment for each of these keys.
Filler = Callable[[Sequence[Any], datetime], Mapping[Any, str]]


class Marks:
    """Stand in a text for what is filled in later. Nobody can write what looks like one."""

    def __init__(self) -> None:
        self._secret = secrets.token_hex(16)

    def mark(self, name: object) -> str:
        """Return what stands in for a name of letters and digits."""
        return f"{self._secret}:{name}:"

    def split(self, text: str) -> list[str]:
        """Return the text between marks and the names of the marks in turn."""
        return re.split(rf"{self._secret}:(\w+):", text)


@dataclass(frozen=True)
class Gap:
    """A place in a page whose text is the filler's for this key."""

    filler: Filler
    key: Hashable


class Gaps:
    """The gaps of one page, left while it is rendered."""

    def __init__(self) -> None:
        self._marks = Marks()
        self._left: list[tuple[Gap, str]] = []

    @property
    def are_left(self) -> bool:
        return bool(self._left)

    def leave(self, gap: Gap, shown: str) -> str:
        """Return what stands in the page for a gap in which this is shown now."""
        self._left.append((gap, shown))
        return self._marks.mark(len(self._left) - 1)

    def found_in(self, html: str) -> "tuple[PageWithGaps, bytes]":
        """Return a page without what stands in its gaps, and as it is shown now."""
        texts = self._marks.split(html)
        left = [self._left[int(number)] for number in texts[1::2]]
        page = PageWithGaps(
            [text.encode() for text in texts[::2]], [gap for gap, _shown in left]
        )
        return page, page.with_texts([shown for _gap, shown in left])


@dataclass(frozen=True)
class PageWithGaps:
    """A page, cut at its gaps."""

    pieces: Sequence[bytes]
    gaps: Sequence[Gap]

    def with_texts(self, texts: Iterable[str]) -> bytes:
        """Return the whole page, with a text for each gap."""
        parts = [self.pieces[0]]
        for text, piece in zip(texts, self.pieces[1:], strict=True):
            parts += [escape(text).encode(), piece]
        return b"".join(parts)

    def filled(self, now: datetime) -> bytes:
        """Return the whole page as of now: each filler is asked once."""
        keys: dict[Filler, list[Hashable]] = {}
        for gap in self.gaps:
            keys.setdefault(gap.filler, []).append(gap.key)
        found = {filler: filler(wanted, now) for filler, wanted in keys.items()}
        return self.with_texts(found[gap.filler][gap.key] for gap in self.gaps)


def shown_or_gap(
    request: HttpRequest | None, filler: Filler, key: Hashable, shown: str
) -> str:
    """Return what is shown now, or a gap while the page is rendered to be kept."""
    gaps: Gaps | None = getattr(request, "page_gaps", None)
    return shown if gaps is None else gaps.leave(Gap(filler, key), shown)


@dataclass(frozen=True)
class KeptPage:
    """A page of a content version, and what its view declared of it."""

    key: Hashable
    page: PageWithGaps
    headers: Mapping[str, str]
    query: tuple[str, ...]
    version: int
    rendered_at: datetime
    # None: until the version moves.
    true_until: datetime | None

    @property
    def size(self) -> int:
        """Return about how many bytes of memory it takes."""
        texts = sum(map(len, self.page.pieces))
        return texts + len(repr(self.key)) + 200 * len(self.page.gaps) + 2048

    def holds(self, version: int, now: datetime) -> bool:
        """Tell whether nothing but its gaps can have changed since."""
        return (
            self.version == version
            # A clock that was put back says nothing of how old it is.
            and self.rendered_at <= now < self.rendered_at + LONGEST
            and (self.true_until is None or now < self.true_until)
        )


class KeptPagesMiddleware:
    """Fills kept pages when the page cache asks. For anybody else all is rendered."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._pages: OrderedDict[Hashable, KeptPage] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        version = request.META.get(ENVIRON_KEY)
        if version is None or ASKED_TO_KEEP not in request.META:
            return self.get_response(request)
        query = tuple(sorted(request.GET.items()))
        key = (request.scheme, request.path, query)
        # In this order: no other thread can have begun to render it after `now`.
        kept = self._found(key)
        now = timezone.now()
        if kept is not None and kept.holds(version, now):
            same_for_everyone(request, query=kept.query)
            if kept.true_until is not None:
                fresh_until(request, kept.true_until)
            return HttpResponse(kept.page.filled(now), headers=kept.headers)
        request.page_gaps = gaps = Gaps()
        response = self.get_response(request)
        if not gaps.are_left or response.streaming:
            return response
        page, whole = gaps.found_in(response.text)
        is_complete = LOST_FILE not in response.text
        response.content = whole
        # That of the page with its marks.
        response.headers.pop("Content-Length", None)
        if is_complete and _may_be_kept(request, response):
            self._keep(
                KeptPage(
                    key=key,
                    page=page,
                    headers=dict(response.headers),
                    query=request.page_query,
                    version=version,
                    rendered_at=now,
                    true_until=getattr(request, "page_fresh_until", None),
                )
            )
        return response

    def _found(self, key: Hashable) -> KeptPage | None:
        with self._lock:
            found = self._pages.get(key)
            if found is not None:
                self._pages.move_to_end(key)
            return found

    def _keep(self, page: KeptPage) -> None:
        with self._lock:
            old = self._pages.pop(page.key, None)
            self._bytes += page.size - (old.size if old else 0)
            self._pages[page.key] = page
            while self._bytes > MOST_BYTES:
                _key, oldest = self._pages.popitem(last=False)
                self._bytes -= oldest.size


def _may_be_kept(request: HttpRequest, response: HttpResponse) -> bool:
    return (
        response.status_code == 200
        # Its view declares it the same for everyone, and which names of the query it reads:
        # others would fill the memory with the same page.
        and hasattr(request, "page_query")
        and request.GET.keys() <= set(request.page_query)
        and not response.cookies
        and "Cache-Control" not in response.headers
        and not has_vary_header(response, "Cookie")
    )

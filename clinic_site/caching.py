"""What may be kept, for how long: said in headers that any shared cache understands.

Views say that a page is the same for everyone (`same_for_everyone`), code that renders says
until when what it shows is true (`fresh_until`). The middleware turns both into headers.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import patch_vary_headers

# Seconds for which a page is kept: the number of views on it is no older than that.
PAGE_SECONDS = 300
# By status: moved for good, missing.
WITHOUT_PAGE = {301: 60, 404: 10}
# For our own cache alone, which takes them off: names of the query that the page reads,
# and the moment after which it must not be shown.
QUERY_HEADER = "X-Page-Query"
UNTIL_HEADER = "X-Page-Fresh-Until"
# How it says in a request's environment that it would keep the answer for everyone.
ASKED_TO_KEEP = "clinic_site.asked_to_keep"


def same_for_everyone(request: HttpRequest, *, query: Iterable[str] = ()) -> None:
    """Declare that the answer depends on the address and these names of its query alone."""
    request.page_query = tuple(query)


def fresh_until(request: HttpRequest, moment: datetime) -> None:
    """Declare that what is rendered stops being true at a moment. The earliest one counts."""
    earlier = getattr(request, "page_fresh_until", None)
    request.page_fresh_until = min(moment, earlier) if earlier else moment


class CachingMiddleware:
    """State in headers what shared caches may keep."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        seconds = self._seconds(request, response)
        if seconds is not None and "Cache-Control" not in response:
            response["Cache-Control"] = f"public, max-age=0, s-maxage={seconds}"
            patch_vary_headers(response, ["Accept-Encoding"])
            response[QUERY_HEADER] = ",".join(getattr(request, "page_query", ()))
            until = getattr(request, "page_fresh_until", None)
            if until is not None:
                response[UNTIL_HEADER] = str(until.timestamp())
        return response

    def _seconds(self, request: HttpRequest, response: HttpResponse) -> int | None:
        """Return for how long an answer may be kept, None if it may not."""
        if (
            request.method not in {"GET", "HEAD"}
            or response.streaming
            or response.cookies
            or settings.SESSION_COOKIE_NAME in request.COOKIES
            or "Authorization" in request.headers
        ):
            return None
        if response.status_code == 200 and hasattr(request, "page_query"):
            seconds = PAGE_SECONDS
        elif response.status_code in WITHOUT_PAGE:
            seconds = WITHOUT_PAGE[response.status_code]
        else:
            return None
        until = getattr(request, "page_fresh_until", None)
        if until is None:
            return seconds
        left = int((until - timezone.now()).total_seconds())
        return max(0, min(seconds, left))

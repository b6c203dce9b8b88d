"""The short way for readers' beacons: past the layers that serve pages and sessions.

With kept pages they are most of what Django is asked, and those layers were half of the work.
"""

import re
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from articles.urls import PrimaryKeyConverter
from articles.view_counts.views import beacon

IS_KEY = re.compile(PrimaryKeyConverter.regex).fullmatch


class BeaconMiddleware:
    """Has the view answer a beacon at once; stands behind SecurityMiddleware.

    Whoever may be signed in, what there is no article for, and what is not for this site
    goes the long way: to the same view, or to a page that says so.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._before, _key, self._after = reverse("article_view", args=[0]).rpartition(
            "0"
        )

    def __call__(self, request: HttpRequest) -> HttpResponse:
        key = self._article(request)
        if key is None:
            return self.get_response(request)
        try:
            # This, and the length at the end, are CommonMiddleware's part.
            request.get_host()
            answer = beacon(request, key)
        except (DisallowedHost, Http404):
            return self.get_response(request)
        answer.headers["Content-Length"] = str(len(answer.content))
        return answer

    def _article(self, request: HttpRequest) -> int | None:
        """Return the key of the article that a reader's beacon is for, None if it is none."""
        path = request.path_info
        if (
            request.method != "POST"
            or not (path.startswith(self._before) and path.endswith(self._after))
            or settings.SESSION_COOKIE_NAME in request.COOKIES
        ):
            return None
        key = path[len(self._before) : -len(self._after)]
        return int(key) if IS_KEY(key) else None

"""Who sends a request: its network address, and whether another site made it."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.views.decorators.csrf import csrf_exempt

View = Callable[..., HttpResponse]


def client_address(request: HttpRequest) -> str:
    """Return the network address of the client.

    Behind TRUSTED_PROXY_HOPS proxies, each of which appends what it saw, it is that many
    entries from the end of `X-Forwarded-For`; what stands before was written by the client.
    """
    hops: int = settings.TRUSTED_PROXY_HOPS
    forwarded = request.headers.get("X-Forwarded-For", "")
    entries = [entry.strip() for entry in forwarded.split(",") if entry.strip()]
    if hops and len(entries) >= hops:
        return entries[-hops]
    return str(request.META.get("REMOTE_ADDR", ""))


def is_cross_site(request: HttpRequest) -> bool:
    """Tell whether a page of another site made the browser send this.

    `Sec-Fetch-Site` decides, without it `Origin`. A client that sends neither is no browser.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = request.headers.get("Origin")
    if origin is None:
        return False
    own = urlsplit(settings.SITE_URL)
    sent = urlsplit(origin)
    return (sent.scheme, sent.netloc) != (own.scheme, own.netloc)


def same_site_posts(view: View) -> View:
    """Answer 403 to what another site makes a browser POST, in place of Django's token.

    A token in a kept page would be somebody else's. GET and HEAD pass: they change nothing.
    """

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method not in {"GET", "HEAD"} and is_cross_site(request):
            return HttpResponseForbidden()
        return view(request, *args, **kwargs)

    return csrf_exempt(checked)

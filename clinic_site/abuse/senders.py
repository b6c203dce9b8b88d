"""Who sends a request: its network address, and whether another site made it."""

import ipaddress
import re
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

# As some proxies write it: "192.0.2.1:5555", "[2001:db8::1]:5555", "[2001:db8::1]".
_WITH_PORT = re.compile(r"\[([^\]]+)\](?::\d+)?|([\d.]+):\d+")

View = Callable[..., HttpResponse]


def client_address(request: HttpRequest) -> str:
    """Return the network address of the client, in one spelling and without a port.

    Behind TRUSTED_PROXY_HOPS proxies, each of which appends what it saw, it is that many
    entries from the end of `X-Forwarded-For`; what stands before was written by the client.
    """
    hops: int = settings.TRUSTED_PROXY_HOPS
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
    entries = [entry.strip() for entry in forwarded.split(",") if entry.strip()]
    if hops and len(entries) >= hops:
        return _one_spelling(entries[-hops])
    return _one_spelling(str(request.META.get("REMOTE_ADDR", "")))


def _one_spelling(address: str) -> str:
    """Return an address without a port or zone; what is no address stays as it is."""
    written = address.strip('"')
    match = _WITH_PORT.fullmatch(written)
    try:
        parsed = ipaddress.ip_address(
            (match[1] or match[2] if match else written).partition("%")[0]
        )
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    return str(parsed)


def is_cross_site(request: HttpRequest) -> bool:
    """Tell whether a page of another site made the browser send this.

    `Sec-Fetch-Site` decides, without it `Origin`. A client that sends neither is no browser.
    """
    site = request.META.get("HTTP_SEC_FETCH_SITE")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = request.META.get("HTTP_ORIGIN")
    if origin is None:
        return False
    own = urlsplit(settings.SITE_URL)
    try:
        sent = urlsplit(origin)
    except ValueError:
        return True
    return (sent.scheme, sent.netloc) != (own.scheme, own.netloc)


def same_site_posts(view: View) -> View:
    """Answer 403 to what another site makes a browser POST, in place of Django's token.

    A token in a kept page would be somebody else's. GET and HEAD pass: they change nothing.
    """

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method not in {"GET", "HEAD"} and is_cross_site(request):
            # The browser's way back leads to the form, with all that was typed.
            return HttpResponseForbidden(
                _(
                    "This was not sent from a page of this site, so nothing was stored. "
                    "Please go back, open the page anew and send it from there."
                ),
                content_type="text/plain; charset=utf-8",
            )
        return view(request, *args, **kwargs)

    return csrf_exempt(checked)

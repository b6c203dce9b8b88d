import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from pytest_django import Settings

from clinic_site.abuse.senders import (
    client_address,
    is_cross_site,
    same_site_posts,
)


@pytest.mark.parametrize(
    ("hops", "forwarded", "address"),
    [
        (0, None, "192.0.2.1"),
        (0, "203.0.113.9", "192.0.2.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        # What a client writes in front is not believed.
        (1, "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (2, "198.51.100.1, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        (2, "203.0.113.9", "192.0.2.1"),
        (1, " , ", "192.0.2.1"),
        (1, "203.0.113.9:5555", "203.0.113.9"),
        (1, '"[2001:DB8::0:1]:80"', "2001:db8::1"),
        (1, "[2001:db8::1]", "2001:db8::1"),
        (1, "2001:db8:0::1", "2001:db8::1"),
        (1, "::ffff:203.0.113.9", "203.0.113.9"),
        (1, "unknown", "unknown"),
        (1, None, "192.0.2.1"),
    ],
)
def test_the_address_is_the_one_that_trusted_proxies_saw(
    rf: RequestFactory,
    settings: Settings,
    hops: int,
    forwarded: str | None,
    address: str,
) -> None:
    settings.TRUSTED_PROXY_HOPS = hops
    headers = {"x-forwarded-for": forwarded} if forwarded is not None else {}

    request = rf.get("/", REMOTE_ADDR="192.0.2.1", headers=headers)

    assert client_address(request) == address


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, False),
        ({"sec-fetch-site": "same-origin"}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"sec-fetch-site": "same-site"}, True),
        ({"sec-fetch-site": "cross-site"}, True),
        ({"sec-fetch-site": "same-origin", "origin": "https://other.example"}, False),
        ({"origin": "https://clinic.example"}, False),
        ({"origin": "https://clinic.example:8443"}, True),
        ({"origin": "http://clinic.example"}, True),
        ({"origin": "null"}, True),
        ({"origin": "https://[clinic.example"}, True),
    ],
)
def test_another_site_is_known_by_what_the_browser_says(
    rf: RequestFactory, settings: Settings, headers: dict[str, str], expected: bool
) -> None:
    settings.SITE_URL = "https://clinic.example"

    assert is_cross_site(rf.post("/", headers=headers)) is expected


@pytest.mark.parametrize(
    ("method", "site", "status"),
    [
        ("post", "same-origin", 200),
        ("post", "cross-site", 403),
        ("put", "cross-site", 403),
        # A link on another site leads to a page that only asks.
        ("get", "cross-site", 200),
        ("head", "cross-site", 200),
    ],
)
def test_a_view_takes_no_posts_from_other_sites(
    rf: RequestFactory, method: str, site: str, status: int
) -> None:
    @same_site_posts
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    request = getattr(rf, method)("/", headers={"sec-fetch-site": site})

    response = view(request)
    assert response.status_code == status
    assert (b"go back" in response.content) == (status == 403)
    assert view.csrf_exempt

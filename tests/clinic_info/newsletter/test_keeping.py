"""What of the newsletter the page cache keeps: the archive, and nothing of a person."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.test import RequestFactory
from django.utils import timezone

from clinic_info.newsletter import issue_states
from clinic_info.newsletter.issues import Delivery
from clinic_info.newsletter.tokens import make_confirm_token, unsubscribe_token
from clinic_info.pages import HomePage
from clinic_site.page_cache import PageCache
from tests.clinic_info.newsletter.conftest import subscribe
from tests.clinic_info.newsletter.mailing import draft
from tests.clinic_site.page_cache.cached_site import Reply

Get = Callable[..., Reply]

# The cache asks for the version by a connection that may be closed.
pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@pytest.fixture
def get() -> Get:
    """Ask the site as it is served: Django behind the page cache."""
    cache = PageCache(WSGIHandler())

    def ask(path: str, method: str = "GET", cookie: str = "") -> Reply:
        environ = RequestFactory(HTTP_HOST="localhost").generic(method, path).environ
        reply = Reply()
        reply.body = b"".join(
            cache(environ | ({"HTTP_COOKIE": cookie} if cookie else {}), reply.start)
        )
        return reply

    return ask


def test_the_archive_is_kept_and_shows_an_issue_as_soon_as_it_goes_out(
    get: Get, home: HomePage
) -> None:
    now = timezone.now()
    subscribe("ann@patient.example", now)
    issue = draft()
    paths = ["/newsletter/archive/", "/newsletter/archive/feed/", issue.archive_path]
    # The first page of all stores the clinic's details.
    get("/")
    assert [get(path).status[:3] for path in paths] == ["200", "200", "404"]
    assert [get(path).state for path in paths] == ["hit"] * 3

    issue_states.start(issue.pk, now)
    for path in paths:
        page = get(path)
        assert (page.status[:3], page.state) == ("200", "miss")
        assert b"Skin in spring" in page.body
        assert b"ann@patient.example" not in page.body
        assert get(path).state == "hit"
        assert get(path, cookie="sessionid=x").state == "bypass"

    issue_states.cancel(issue.pk, now)
    assert get(issue.archive_path).status[:3] == "404"


@pytest.mark.parametrize("status", ["sent", "sending", "unknown"])
def test_a_cancelled_issue_stays_for_whom_a_mail_of_it_may_have_reached(
    get: Get, home: HomePage, status: str
) -> None:
    now = timezone.now()
    subscribe("ann@patient.example", now)
    issue = draft()
    issue_states.start(issue.pk, now)
    in_hand = {"owner": "a worker", "leased_until": now + timedelta(minutes=1)}
    Delivery.objects.filter(issue=issue).update(
        status=status, **(in_hand if status == "sending" else {})
    )

    issue_states.cancel(issue.pk, now)

    assert get(issue.archive_path).status[:3] == "200"


def test_nothing_with_a_token_or_an_answer_is_kept(get: Get, home: HomePage) -> None:
    now = timezone.now()
    ann = subscribe("ann@patient.example", now)
    asks = make_confirm_token(ann, now)
    late = make_confirm_token(ann, now - timedelta(days=9))
    for path in (
        "/newsletter/",
        "/newsletter/check-your-inbox/",
        f"/newsletter/confirm/{asks}/",
        f"/newsletter/confirm/{late}/",
        "/newsletter/confirm/unknown/",
        f"/newsletter/unsubscribe/{unsubscribe_token(ann.public_id)}/",
        "/newsletter/unsubscribe/archive/",
    ):
        for method in ("GET", "HEAD", "GET"):
            answer = get(path, method)
            assert answer.state == "bypass"
            # Nor by anybody else's cache.
            assert {"no-store", "private"} & set(
                answer.headers["Cache-Control"].replace(" ", "").split(",")
            )

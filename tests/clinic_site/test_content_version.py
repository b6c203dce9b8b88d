"""The version moves with what readers could see, in the same transaction, and only then."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import OperationalError, connection, transaction
from django.http import HttpRequest
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from wagtail.contrib.redirects.models import Redirect
from wagtail.documents.models import Document
from wagtail.models import Page, PageViewRestriction

from articles.images.models import CustomRendition
from articles.pages.article import ArticlePage
from articles.pages.index import ArticleIndexPage
from clinic_info.details import ClinicDetails
from clinic_info.notices.models import Notice
from clinic_info.opening_hours.models import OpeningHours
from clinic_site import content_version
from clinic_site.content_version import ENVIRON_KEY
from tests.factories import (
    ArticlePageFactory,
    AuthorFactory,
    CustomImageFactory,
    TopicFactory,
    picture_file,
)

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@pytest.fixture
def article(index: ArticleIndexPage) -> ArticlePage:
    return ArticlePageFactory(parent=index, slug="needles")


def publish(article: ArticlePage) -> None:
    article.title = "Another title"
    article.save_revision().publish()


def change_details(_article: ArticlePage) -> None:
    details = ClinicDetails.load()
    details.phone = "01632 960 999"
    details.save()


def rendition() -> CustomRendition:
    picture = CustomImageFactory(file=picture_file(size=(40, 30)))
    return picture.get_rendition("width-20")


CHANGES: dict[str, Callable[[ArticlePage], Any]] = {
    "publish": publish,
    "unpublish": lambda article: article.unpublish(),
    "delete": lambda article: article.delete(),
    "move": lambda article: article.move(Page.objects.get(depth=2), pos="last-child"),
    "restrict": lambda article: PageViewRestriction.objects.create(
        page=article, restriction_type=PageViewRestriction.LOGIN
    ),
    "save a live page": lambda article: article.save(),
    "topic": lambda _article: TopicFactory(),
    "author": lambda _article: AuthorFactory(),
    "picture": lambda _article: CustomImageFactory(),
    "rendition": lambda _article: rendition().delete(),
    "redirect": lambda article: Redirect.add_redirect("/old", article),
    "details": change_details,
    "document": lambda _article: Document.objects.create(
        title="Leaflet", file=ContentFile(b"x", name="leaflet.pdf")
    ),
    "save a live page's title": lambda article: article.save(update_fields=["title"]),
    "opening hours": lambda _article: OpeningHours.load().save(),
    "notice": lambda _article: Notice.objects.create(
        text="Closed", starts_at=NOW, ends_at=NOW + timedelta(days=1)
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_readers_could_see_moves_the_version(
    name: str, article: ArticlePage
) -> None:
    before = content_version.current()

    CHANGES[name](article)

    assert content_version.current() != before


@pytest.fixture
def locked(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr(content_version, "_move", fail)


@pytest.mark.parametrize("name", ["publish", "unpublish", "delete", "move"])
def test_a_page_does_not_change_where_the_version_cannot_move(
    name: str, article: ArticlePage, locked: None
) -> None:
    before = Page.objects.values().get(pk=article.pk)

    with pytest.raises(OperationalError):
        CHANGES[name](ArticlePage.objects.get(pk=article.pk))

    after = Page.objects.values().get(pk=article.pk)
    for field in ("live", "path", "title", "url_path"):
        assert after[field] == before[field], field


def test_staff_alone_make_a_page_private(
    client: Client, admin_client: Client, article: ArticlePage
) -> None:
    before = content_version.current()
    address = reverse("wagtailadmin_pages:set_privacy", args=[article.pk])
    wanted = {"restriction_type": "login", "password": ""}

    assert client.post(address, wanted).status_code == 302
    assert not PageViewRestriction.objects.exists()
    response = admin_client.post(address, wanted)

    assert response.json()["is_public"] is False
    assert "no-store" in response["Cache-Control"]
    assert PageViewRestriction.objects.get().page_id == article.pk
    assert content_version.current() != before


def test_a_page_does_not_become_private_where_the_version_cannot_move(
    admin_client: Client, article: ArticlePage, locked: None
) -> None:
    with pytest.raises(OperationalError):
        admin_client.post(
            reverse("wagtailadmin_pages:set_privacy", args=[article.pk]),
            {"restriction_type": "login", "password": ""},
        )

    assert not PageViewRestriction.objects.exists()


def test_a_draft_moves_nothing(article: ArticlePage, index: ArticleIndexPage) -> None:
    draft = ArticlePageFactory(parent=index, live=False)
    before = content_version.current()

    article.title = "Not yet"
    article.save_revision()
    draft.title = "Nor this"
    draft.save()
    draft.save_revision()

    assert content_version.current() == before


def test_it_moves_once_and_as_the_last_statement() -> None:
    with (
        CaptureQueriesContext(
            connection,
        ) as queries,
        transaction.atomic(),
    ):
        TopicFactory()
        with transaction.atomic():
            TopicFactory()
        AuthorFactory()
        inside = [query["sql"] for query in queries]

    statements = [query["sql"] for query in queries]
    moving = [sql for sql in statements if "contentversion" in sql]
    assert not [sql for sql in inside if "contentversion" in sql]
    assert len(moving) == 1
    assert statements[-1] in (moving[0], "COMMIT")


def test_what_is_rolled_back_moves_nothing() -> None:
    before = content_version.current()

    with transaction.atomic():
        TopicFactory()
        transaction.set_rollback(True)

    assert content_version.current() == before
    with transaction.atomic():
        connection.ensure_connection()
    assert content_version.current() == before


def test_knowledge_is_a_second_old_at_most_and_knows_own_changes_at_once() -> None:
    now = [1000.0]
    mine = content_version.Knowledge(lambda: now[0])
    mine.refresh()
    before = mine.version
    assert before == content_version.current()

    # As another process would: without this one's note of it.
    content_version._move()
    now[0] += 0.9
    mine.refresh()
    assert mine.version == before
    now[0] += 0.2
    mine.refresh()
    assert mine.version == content_version.current() != before

    known = mine.version
    content_version.move()
    mine.refresh()
    assert mine.version == content_version.current() != known


def requested(version: int | None) -> HttpRequest:
    """Return a request that the page cache passes on, or that went by it."""
    request = HttpRequest()
    if version is not None:
        request.META[ENVIRON_KEY] = version
    return request


def test_what_all_pages_show_is_made_once_a_version() -> None:
    made = iter(range(10))

    def ask(version: int | None) -> int:
        return content_version.kept(requested(version), "test", lambda: next(made))

    assert [ask(1), ask(1), ask(2), ask(2), ask(1)] == [0, 0, 1, 1, 2]


def test_a_request_that_went_by_the_page_cache_has_it_made_anew() -> None:
    made = iter(range(10))

    def ask(version: int | None) -> int:
        return content_version.kept(requested(version), "test", lambda: next(made))

    assert [ask(3), ask(None), ask(None), ask(3)] == [0, 1, 2, 0]


def test_a_process_keeps_no_more_than_it_has_room_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(content_version, "MOST_KEPT", 3)
    made: list[int] = []

    def keep(number: int) -> None:
        content_version.kept(requested(7), f"{number}", lambda: made.append(number))

    for number in (1, 2, 3, 2, 4, 3, 1):
        keep(number)

    assert made == [1, 2, 3, 4, 1]

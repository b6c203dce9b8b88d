from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import AbstractUser
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from articles.pages.article import ArticlePage
from articles.pages.index import ArticleIndexPage
from articles.pages.scheduling import publish_scheduled
from clinic_info.pages import ContactPage, HomePage, StandardPage
from tests.factories import ArticlePageFactory, body, section


@pytest.mark.parametrize(
    "model", [ArticlePage, ArticleIndexPage, HomePage, StandardPage, ContactPage]
)
def test_every_kind_of_page_can_be_scheduled(model: type) -> None:
    fields = model.get_edit_handler().get_form_class().base_fields
    assert {"go_live_at", "expire_at"} <= set(fields)


def test_an_article_goes_live_and_expires_at_its_moments(
    client: Client, index: ArticleIndexPage
) -> None:
    now = timezone.now()
    article = ArticlePageFactory(parent=index, live=False, first_published_at=None)
    article.go_live_at = now + timedelta(days=1)
    revision = article.save_revision()
    revision.publish()
    call_command("publish_scheduled")
    assert client.get(article.get_url()).status_code == 404

    a_minute_ago = now - timedelta(minutes=1)
    type(revision).objects.filter(pk=revision.pk).update(
        approved_go_live_at=a_minute_ago,
        content=revision.content | {"go_live_at": a_minute_ago.isoformat()},
    )
    call_command("publish_scheduled")
    assert client.get(article.get_url()).status_code == 200

    ArticlePage.objects.update(expire_at=now - timedelta(seconds=1))
    call_command("publish_scheduled")
    assert client.get(article.get_url()).status_code == 404


def schedule(article: ArticlePage, due: datetime) -> None:
    """Approve the article's present state to go live at a moment that has passed."""
    revision = article.save_revision()
    type(revision).objects.filter(pk=revision.pk).update(approved_go_live_at=due)


@pytest.fixture
def unfit(index: ArticleIndexPage) -> ArticlePage:
    """An article that was scheduled, and cites a source that it does not have."""
    article = ArticlePageFactory(
        parent=index,
        live=False,
        title="Unfit",
        body=body(section("One", ("paragraph", "<p>Text[^lost].</p>"))),
    )
    schedule(article, timezone.now() - timedelta(hours=2))
    return article


def test_a_page_that_is_not_fit_to_publish_holds_up_no_other(
    index: ArticleIndexPage, unfit: ArticlePage
) -> None:
    now = timezone.now()
    fit = ArticlePageFactory(parent=index, live=False)
    schedule(fit, now - timedelta(hours=1))
    expired = ArticlePageFactory(parent=index, expire_at=now - timedelta(hours=1))

    publish_scheduled(now)

    for page in (unfit, fit, expired):
        page.refresh_from_db()
    assert (unfit.live, fit.live, expired.live) == (False, True, False)


def test_staff_are_told_what_should_be_live_and_why_it_is_not(
    client: Client,
    staff: Callable[[str], AbstractUser],
    index: ArticleIndexPage,
    unfit: ArticlePage,
) -> None:
    schedule(
        ArticlePageFactory(parent=index, live=False, title="Just due"),
        timezone.now() - timedelta(minutes=1),
    )
    client.force_login(staff("Editors"))

    panel = BeautifulSoup(client.get("/admin/").content, "html.parser").find(
        id="late-pages-section"
    )

    assert panel.li.a["href"] == f"/admin/pages/{unfit.pk}/edit/"
    assert "“Unfit” cannot be published" in panel.get_text()
    assert "lost" in panel.get_text()
    assert "Just due" not in panel.get_text()


def test_staff_are_told_nothing_when_all_went_live(
    client: Client, staff: Callable[[str], AbstractUser]
) -> None:
    client.force_login(staff("Editors"))

    assert "late-pages" not in client.get("/admin/").content.decode()

"""What the editor's form would refuse is not published on any other way either."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import AbstractUser
from django.test import Client
from django.urls import reverse
from wagtail.models import Workflow

from articles.pages.article import ArticlePage
from articles.pages.base import NotPublishableError
from articles.pages.index import ArticleIndexPage
from articles.people import Author
from articles.topics import Topic
from tests.factories import (
    ArticlePageFactory,
    AuthorFactory,
    CustomImageFactory,
    TopicFactory,
    body,
    section,
)


def without_consent() -> str:
    image = CustomImageFactory()
    pair = {"before": image.pk, "after": image.pk, "caption": "C", "consent": False}
    return body(section("One", ("picture_pair", pair)))


def with_unknown_mark() -> str:
    return body(section("One", ("paragraph", "<p>Text.[^nowhere]</p>")))


UNREADY = pytest.mark.parametrize(
    ("make", "reason"), [(without_consent, "consent"), (with_unknown_mark, "nowhere")]
)


@pytest.fixture
def draft(index: ArticleIndexPage) -> ArticlePage:
    article = ArticlePageFactory(parent=index, live=False)
    article.save_revision()
    return article


@UNREADY
def test_a_revision_that_is_not_ready_is_not_published(
    draft: ArticlePage, make: Callable[[], str], reason: str
) -> None:
    draft.body = make()
    revision = draft.save_revision()
    with pytest.raises(NotPublishableError, match=reason):
        revision.publish()
    draft.refresh_from_db()
    assert not draft.live


@UNREADY
def test_publishing_in_bulk_says_what_is_missing(
    admin_client: Client, draft: ArticlePage, make: Callable[[], str], reason: str
) -> None:
    draft.body = make()
    draft.save_revision()
    address = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"])
    response = admin_client.post(f"{address}?id={draft.pk}&next=/admin/", follow=True)
    assert reason in response.content.decode()
    draft.refresh_from_db()
    assert not draft.live


def test_a_draft_that_lost_its_sources_in_review_is_not_approved(
    client: Client, draft: ArticlePage, staff: Callable[[str], AbstractUser]
) -> None:
    state = Workflow.objects.get().start(draft, user=None)
    draft.body = with_unknown_mark()
    draft.save_revision()
    client.force_login(staff("Medical reviewers"))
    address = reverse(
        "wagtailadmin_pages:workflow_action",
        args=[draft.pk, "approve", state.current_task_state.pk],
    )
    response = client.post(address)
    assert response.status_code < 500
    draft.refresh_from_db()
    assert not draft.live


def test_a_draft_that_is_ready_is_published(draft: ArticlePage) -> None:
    draft.latest_revision.publish()
    draft.refresh_from_db()
    assert draft.live


@pytest.fixture
def used_topic(index: ArticleIndexPage) -> Topic:
    return ArticlePageFactory(parent=index, topic=TopicFactory()).topic


@pytest.fixture
def used_author(index: ArticleIndexPage) -> Author:
    author = AuthorFactory()
    ArticlePageFactory(parent=index, authors=[("author", author)])
    return author


@pytest.mark.parametrize("used", ["used_topic", "used_author"])
def test_what_articles_have_is_not_deleted(
    request: pytest.FixtureRequest, admin_client: Client, used: str
) -> None:
    thing = request.getfixturevalue(used)
    single = thing.snippet_viewset.get_url_name("delete")
    response = admin_client.post(reverse(single, args=[thing.pk]), follow=True)
    assert "cannot be deleted" in response.content.decode()
    bulk = reverse(
        "wagtail_bulk_action", args=["articles", thing._meta.model_name, "delete"]
    )
    response = admin_client.post(f"{bulk}?id={thing.pk}&next=/admin/", follow=True)
    assert "cannot be deleted" in response.content.decode()
    assert type(thing).objects.filter(pk=thing.pk).exists()


def test_what_no_article_has_is_deleted(admin_client: Client) -> None:
    topic = TopicFactory()
    delete = topic.snippet_viewset.get_url_name("delete")
    admin_client.post(reverse(delete, args=[topic.pk]))
    assert not Topic.objects.exists()

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from articles.pages.article import ArticlePage
from articles.pages.index import ArticleIndexPage
from clinic_info.pages import ContactPage, HomePage, StandardPage
from tests.factories import ArticlePageFactory


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

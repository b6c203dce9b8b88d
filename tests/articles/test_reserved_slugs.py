from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client, RequestFactory
from django.urls import reverse

from articles.admin import refuse_reserved_copy
from articles.pages.article import ArticlePage
from articles.pages.index import ArticleIndexPage
from clinic_info.pages import HomePage, StandardPage
from clinic_site.urls import urlpatterns
from tests.articles.page_forms import article_data, section_data
from tests.factories import ArticlePageFactory, StandardPageFactory

RESERVED_UNDER_HOME = [
    "admin",
    "documents",
    "healthz",
    "livez",
    "media",
    "newsletter",
    "search",
    "static",
]


def test_every_address_that_the_site_answers_itself_is_reserved() -> None:
    own = {str(entry.pattern).partition("/")[0] for entry in urlpatterns} - {""}
    # The list of articles stands there; below it the site answers two parts deep, as no
    # article does.
    own -= {"articles"}
    assert own
    assert own <= HomePage.reserved_child_slugs


def refused_slug(make: Callable[[], Any]) -> None:
    with pytest.raises(ValidationError) as error:
        make()
    assert set(error.value.message_dict) == {"slug"}
    assert error.value.error_dict["slug"][0].code == "reserved"


@pytest.mark.parametrize("slug", RESERVED_UNDER_HOME)
def test_a_page_below_home_cannot_take_an_address_of_the_site(
    home: HomePage, slug: str
) -> None:
    refused_slug(lambda: StandardPageFactory(parent=home, slug=slug))


def test_an_article_cannot_take_the_address_of_the_feed(
    index: ArticleIndexPage, article: ArticlePage
) -> None:
    refused_slug(lambda: ArticlePageFactory(parent=index, slug="feed"))
    article.slug = "feed"
    refused_slug(article.full_clean)


def test_elsewhere_these_slugs_are_free(
    home: HomePage, index: ArticleIndexPage
) -> None:
    about = StandardPageFactory(parent=home, slug="feed")
    assert ArticlePageFactory(parent=index, slug="search").pk
    assert StandardPageFactory(parent=about, slug="search").pk


def test_the_form_of_a_new_article_says_so_at_the_slug(
    admin_client: Client, index: ArticleIndexPage
) -> None:
    response = admin_client.post(
        reverse("wagtailadmin_pages:add", args=["articles", "articlepage", index.pk]),
        article_data(section_data("One"), slug="feed"),
    )
    assert response.status_code == 200
    assert set(response.context["form"].errors) == {"slug"}
    assert "“feed”" in response.context["form"].errors["slug"][0]
    assert not ArticlePage.objects.exists()


def test_the_form_of_an_article_that_is_there_says_so_at_the_slug(
    admin_client: Client, article: ArticlePage
) -> None:
    response = admin_client.post(
        reverse("wagtailadmin_pages:edit", args=[article.pk]),
        article_data(section_data("One"), slug="feed"),
    )
    assert response.status_code == 200
    assert set(response.context["form"].errors) == {"slug"}


@pytest.mark.parametrize("slug", RESERVED_UNDER_HOME)
def test_the_form_of_a_page_below_home_says_so_at_the_slug(
    admin_client: Client, home: HomePage, slug: str
) -> None:
    response = admin_client.post(
        reverse(
            "wagtailadmin_pages:add", args=["clinic_info", "standardpage", home.pk]
        ),
        article_data(section_data("One"), slug=slug),
    )
    assert response.status_code == 200
    assert set(response.context["form"].errors) == {"slug"}


def test_copying_an_article_to_a_reserved_address_is_refused(
    admin_client: Client, article: ArticlePage, index: ArticleIndexPage
) -> None:
    response = admin_client.post(
        reverse("wagtailadmin_pages:copy", args=[article.pk]),
        {"new_title": "Feed", "new_slug": "feed", "new_parent_page": index.pk},
    )
    assert response.status_code < 500
    assert not ArticlePage.objects.filter(slug="feed").exists()


def test_moving_a_page_to_a_reserved_address_is_refused(
    admin_client: Client, home: HomePage
) -> None:
    about = StandardPageFactory(parent=home, slug="about")
    page = StandardPageFactory(parent=about, slug="search")
    admin_client.post(
        reverse("wagtailadmin_pages:move_confirm", args=[page.pk, home.pk])
    )
    moved = StandardPage.objects.get(pk=page.pk)
    assert moved.get_parent().pk == about.pk


def test_moving_pages_in_bulk_to_a_reserved_address_is_refused(
    admin_client: Client, home: HomePage
) -> None:
    about = StandardPageFactory(parent=home, slug="about")
    page = StandardPageFactory(parent=about, slug="search")
    address = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "move"])
    response = admin_client.post(f"{address}?id={page.pk}", {"chooser": home.pk})
    assert response.status_code < 500
    moved = StandardPage.objects.get(pk=page.pk)
    assert moved.get_parent().pk == about.pk


def test_pages_that_are_in_nobody_s_way_can_be_copied_and_moved(
    admin_client: Client, home: HomePage, article: ArticlePage
) -> None:
    admin_client.post(
        reverse("wagtailadmin_pages:copy", args=[article.pk]),
        {
            "new_title": "Copy",
            "new_slug": "copy",
            "new_parent_page": article.get_parent().pk,
        },
    )
    assert ArticlePage.objects.filter(slug="copy").exists()
    about = StandardPageFactory(parent=home, slug="about")
    page = StandardPageFactory(parent=about, slug="team")
    admin_client.post(
        reverse("wagtailadmin_pages:move_confirm", args=[page.pk, home.pk])
    )
    assert StandardPage.objects.get(pk=page.pk).get_parent().pk == home.pk


def test_a_parent_that_is_no_page_is_left_to_the_form(
    rf: RequestFactory, article: ArticlePage
) -> None:
    request = rf.post("/", {"new_slug": "copy", "new_parent_page": "abc"})
    assert refuse_reserved_copy(request, article) is None

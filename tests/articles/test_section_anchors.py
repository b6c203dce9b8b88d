from collections.abc import Callable
from copy import deepcopy
from typing import Any
from uuid import uuid4

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import AbstractUser
from django.test import Client
from django.urls import reverse

from articles.anchors import RESERVED, from_heading
from articles.blocks.sections import BodyBlock
from articles.pages.article import ArticlePage
from articles.pages.index import ArticleIndexPage
from clinic_info.pages import HomePage
from tests.articles.page_forms import article_data, section_data
from tests.factories import (
    ArticlePageFactory,
    CustomImageFactory,
    StandardPageFactory,
    body,
    references,
    section,
)


def anchors_of(article: ArticlePage) -> list[str]:
    return [part.value["anchor"] for part in article.body]


def stored(article: ArticlePage) -> list[dict[str, Any]]:
    return deepcopy(list(article.body.raw_data))


def with_body(article: ArticlePage, sections: list[dict[str, Any]]) -> ArticlePage:
    """Return the article with these stored sections, not saved yet."""
    article.body = BodyBlock().to_python(sections)
    return article


def duplicated(part: dict[str, Any]) -> dict[str, Any]:
    """Return a section as the editor's duplicate button makes it."""
    return deepcopy(part) | {"id": str(uuid4())}


def test_anchors_are_stored_when_a_page_is_first_saved(article: ArticlePage) -> None:
    kept = ArticlePage.objects.get(pk=article.pk)
    assert [part["value"]["anchor"] for part in kept.body.raw_data] == [
        "mechanism-of-action",
        "aftercare",
    ]


def test_pages_about_the_clinic_have_anchors_too(
    home: HomePage, read: Callable[..., BeautifulSoup]
) -> None:
    page = StandardPageFactory(parent=home)
    assert read(page).find(id="who-we-are").name == "section"


def test_an_anchor_stays_when_the_heading_is_reworded(article: ArticlePage) -> None:
    sections = stored(article)
    sections[1]["value"]["heading"] = "Looking after the skin"
    with_body(article, sections).save_revision().publish()
    kept = ArticlePage.objects.get(pk=article.pk)
    assert anchors_of(kept) == ["mechanism-of-action", "aftercare"]


def test_anchors_move_with_their_sections(article: ArticlePage) -> None:
    with_body(article, stored(article)[::-1]).save()
    assert anchors_of(article) == ["aftercare", "mechanism-of-action"]


def test_a_section_inserted_before_takes_no_anchor_away(article: ArticlePage) -> None:
    with_body(article, [section("Aftercare"), *stored(article)]).save()
    assert anchors_of(article) == ["aftercare-2", "mechanism-of-action", "aftercare"]


@pytest.mark.parametrize("copy_first", [False, True])
def test_the_copy_of_a_section_gets_an_anchor_of_its_own(
    article: ArticlePage, copy_first: bool
) -> None:
    original = stored(article)[1]
    pair = [original, duplicated(original)]
    with_body(article, pair[::-1] if copy_first else pair).save()
    expected = {original["id"]: "aftercare", pair[1]["id"]: "aftercare-2"}
    assert {part.id: part.value["anchor"] for part in article.body} == expected


@pytest.mark.parametrize("copy_first", [False, True])
def test_the_copy_of_a_section_in_a_draft_gets_an_anchor_of_its_own(
    article: ArticlePage, copy_first: bool
) -> None:
    part = section("Only in the draft")
    with_body(article, [part]).save_revision()
    article = article.get_latest_revision_as_object()
    original = stored(article)[0]
    pair = [original, duplicated(original)]
    with_body(article, pair[::-1] if copy_first else pair).save_revision()
    draft = article.get_latest_revision_as_object()
    assert {entry.id: entry.value["anchor"] for entry in draft.body} == {
        original["id"]: "only-in-the-draft",
        pair[1]["id"]: "only-in-the-draft-2",
    }


def test_a_form_that_sends_no_anchors_back_changes_none(
    admin_client: Client, index: ArticleIndexPage
) -> None:
    article = ArticlePageFactory(parent=index, slug="micro-needling")
    first, second = stored(article)
    response = admin_client.post(
        reverse("wagtailadmin_pages:edit", args=[article.pk]),
        article_data(
            section_data("A new beginning"),
            section_data("Reworded", id=second["id"], anchor=""),
            section_data("Aftercare", id=first["id"], anchor=""),
        )
        | {"action-publish": "1"},
    )
    assert response.status_code == 302
    article.refresh_from_db()
    assert anchors_of(article) == [
        "a-new-beginning",
        "aftercare",
        "mechanism-of-action",
    ]


def test_a_duplicate_sent_by_the_form_gets_an_anchor_of_its_own(
    admin_client: Client, index: ArticleIndexPage
) -> None:
    article = ArticlePageFactory(parent=index, slug="micro-needling")
    original = stored(article)[1]
    copy, kept = (
        section_data("Aftercare", id=id, anchor="aftercare")
        for id in (str(uuid4()), original["id"])
    )
    admin_client.post(
        reverse("wagtailadmin_pages:edit", args=[article.pk]),
        article_data(copy, kept) | {"action-publish": "1"},
    )
    article.refresh_from_db()
    assert anchors_of(article) == ["aftercare-2", "aftercare"]


def test_a_draft_s_anchor_is_the_one_that_is_published(article: ArticlePage) -> None:
    with_body(article, [*stored(article), section("Risks")]).save_revision()
    draft = article.get_latest_revision_as_object()
    assert anchors_of(draft) == ["mechanism-of-action", "aftercare", "risks"]
    assert len(ArticlePage.objects.get(pk=article.pk).body) == 2
    sections = stored(draft)
    sections[2]["value"] |= {"heading": "Side effects"}
    with_body(draft, sections).save_revision().publish()
    kept = ArticlePage.objects.get(pk=article.pk)
    assert anchors_of(kept) == ["mechanism-of-action", "aftercare", "risks"]


def test_a_heading_that_autosave_caught_half_typed_is_not_kept(
    article: ArticlePage,
) -> None:
    with_body(article, [*stored(article), section("Ris")]).save_revision()
    draft = article.get_latest_revision_as_object()
    assert anchors_of(draft)[2] == "ris"
    # The open form knows nothing of the anchor that the first save has given.
    sections = stored(draft)
    sections[2]["value"] |= {"heading": "Risks", "anchor": ""}
    with_body(draft, sections).save_revision().publish()
    kept = ArticlePage.objects.get(pk=article.pk)
    assert anchors_of(kept) == ["mechanism-of-action", "aftercare", "risks"]


def test_a_section_that_lost_its_heading_is_not_in_the_contents(
    article: ArticlePage,
) -> None:
    sections = stored(article)
    sections[0]["value"] |= {"heading": ""}
    page = with_body(article, sections)
    page.save()
    assert [entry["heading"] for entry in page.contents] == ["Aftercare"]


def test_what_readers_link_to_stays_when_a_draft_lost_the_section(
    article: ArticlePage,
) -> None:
    published = stored(article)
    draft = article.get_latest_revision_as_object()
    with_body(draft, [published[0]]).save_revision()
    again = deepcopy(published[1])
    again["value"] |= {"heading": "Taking care", "anchor": ""}
    with_body(draft, [published[0], again]).save_revision().publish()
    kept = ArticlePage.objects.get(pk=article.pk)
    assert anchors_of(kept) == ["mechanism-of-action", "aftercare"]


def test_a_section_gets_its_anchor_with_its_heading(article: ArticlePage) -> None:
    silent = section("")
    with_body(article, [silent, *stored(article)]).save()
    assert anchors_of(article)[0] == ""
    sections = stored(article)
    sections[0]["value"]["heading"] = "In short"
    with_body(article, sections).save()
    assert anchors_of(article)[0] == "in-short"


def test_the_preview_of_a_page_that_was_never_saved_has_anchors(
    index: ArticleIndexPage, admin_user: AbstractUser
) -> None:
    page = ArticlePage(title="New", slug="new")
    page.path, page.depth = f"{index.path}0001", index.depth + 1
    page.set_url_path(index)
    with_body(page, [section("Aftercare"), section("Aftercare")])
    response = page.make_preview_request()
    soup = BeautifulSoup(response.content, "html.parser")
    assert response.status_code == 200
    assert [part["id"] for part in soup.select("section.section")] == [
        "aftercare",
        "aftercare-2",
    ]
    assert [a["href"] for a in soup.select(".contents--beside a")] == [
        "#aftercare",
        "#aftercare-2",
    ]


def test_the_editor_s_preview_of_a_new_page_answers(
    admin_client: Client, index: ArticleIndexPage
) -> None:
    address = reverse(
        "wagtailadmin_pages:preview_on_add",
        args=["articles", "articlepage", index.pk],
    )
    sent = admin_client.post(address, article_data(section_data("Aftercare")))
    assert sent.json()["is_valid"]
    shown = admin_client.get(address, {"mode": ""})
    assert shown.status_code == 200
    soup = BeautifulSoup(shown.content, "html.parser")
    assert soup.find(id="aftercare").name == "section"


def test_every_section_has_its_anchor_as_id_and_a_link_to_copy(
    article: ArticlePage, read: Callable[..., BeautifulSoup]
) -> None:
    soup = read(article)
    for anchor in ("mechanism-of-action", "aftercare"):
        part = soup.find(id=anchor)
        assert part.find("a", class_="section__link")["href"] == f"#{anchor}"


def test_no_section_can_get_an_id_that_the_page_uses_itself(
    index: ArticleIndexPage, read: Callable[..., BeautifulSoup]
) -> None:
    topic_mate = ArticlePageFactory(parent=index)
    article = ArticlePageFactory(
        parent=index,
        hero_image=CustomImageFactory(),
        body=body(section("One", ("paragraph", "<p>[^a]</p>")), section("Two")),
        references=references({"key": "a"}),
    )
    article.related_articles = [("article", topic_mate)]
    article.save()
    soup = read(article)
    own = {tag["id"] for tag in soup.find_all(id=True)} - {"one", "two"}
    assert {"content", "references"} <= own
    assert soup.find(class_="related")
    reachable = {id for id in own if from_heading(id) == id}
    assert reachable <= RESERVED

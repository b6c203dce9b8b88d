import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.urls import reverse
from wagtail.test.utils.form_data import rich_text

from articles.blocks.sections import BodyBlock
from articles.pages.article import ArticlePage
from articles.pages.index import ArticleIndexPage
from articles.references import MARK
from tests.articles.every_block import stored
from tests.articles.page_forms import article_data, section_data
from tests.factories import (
    ArticlePageFactory,
    CustomImageFactory,
    body,
    picture_file,
    references,
    section,
)

Read = Callable[..., BeautifulSoup]

# The title of a video is a link already, and a link cannot hold another.
SHOWN_WITHOUT_MARKS = {"body-section-content-video-title"}


def key_of(path: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", path).strip("-")


def full_article(index: ArticleIndexPage) -> tuple[ArticlePage, list[str]]:
    """Make an article with every block and, in every text, a mark of its own and a
    shared one; return it with the marks' keys in the order of the blocks' fields."""
    keys: list[str] = []

    def words(path: str) -> str:
        keys.append(key_of(path))
        return f"Words [^{keys[-1]}] and [^shared]."

    image = CustomImageFactory(file=picture_file(size=(60, 40)))
    hero_caption = words("hero")
    article = ArticlePageFactory(
        parent=index,
        hero_image=image,
        hero_caption=hero_caption,
        body=json.dumps(stored(BodyBlock(), words, image.pk, "body")),
        references=references(
            {"key": "uncited"}, *({"key": key} for key in ["shared", *reversed(keys)])
        ),
    )
    return article, keys


@pytest.fixture
def full(index: ArticleIndexPage) -> ArticlePage:
    return full_article(index)[0]


def marks_in(soup: BeautifulSoup) -> list[Any]:
    return soup.select("sup.citation a")


def test_every_text_field_of_every_block_shows_its_marks(
    index: ArticleIndexPage, read: Read
) -> None:
    article, keys = full_article(index)
    shown = {link["href"] for link in marks_in(read(article))}
    missing = {key for key in keys if f"#ref:{key}" not in shown}
    assert len(keys) > 20
    assert missing <= SHOWN_WITHOUT_MARKS


def test_no_mark_is_left_as_it_was_typed(full: ArticlePage, read: Read) -> None:
    soup = read(full)
    left = MARK.findall(str(soup))
    assert left == []


def test_every_mark_leads_to_its_source(full: ArticlePage, read: Read) -> None:
    soup = read(full)
    for link in marks_in(soup):
        source = soup.find(id=link["href"].removeprefix("#"))
        assert source.name == "li"
        number = int(link.contents[-1])
        assert source.parent.find_all("li", recursive=False)[number - 1] is source


def test_every_source_leads_back_to_each_of_its_marks(
    full: ArticlePage, read: Read
) -> None:
    soup = read(full)
    listed = [
        (entry["id"], link["href"])
        for entry in soup.select(".references__entry")
        for link in entry.select(".references__back a")
    ]
    shown = [
        (link["href"].removeprefix("#"), f"#{link['id']}") for link in marks_in(soup)
    ]
    assert sorted(listed) == sorted(shown)
    assert len(set(shown)) == len(shown)


def test_no_id_stands_twice_on_a_page_with_every_block(
    full: ArticlePage, read: Read
) -> None:
    ids = [tag["id"] for tag in read(full).find_all(id=True)]
    assert sorted(ids) == sorted(set(ids))


def test_numbers_count_up_from_the_top_of_the_page(
    full: ArticlePage, read: Read
) -> None:
    numbers = [int(link.contents[-1]) for link in marks_in(read(full))]
    new = list(dict.fromkeys(numbers))
    assert new == list(range(1, len(new) + 1))


def test_sources_that_nothing_cites_come_last(full: ArticlePage, read: Read) -> None:
    entries = read(full).select(".references__entry")
    assert entries[-1]["id"] == "ref:uncited"
    assert entries[-1].select("a[href^='#cite']") == []


def test_links_back_say_where_they_lead(index: ArticleIndexPage, read: Read) -> None:
    article = ArticlePageFactory(
        parent=index,
        body=body(section("One", ("paragraph", "<p>Once[^a], twice[^a].</p>"))),
        references=references({"key": "a"}),
    )
    back = read(article).select(".references__back a")
    assert [link.find(class_="visually-hidden").get_text() for link in back] == [
        "Back to mention 1 of reference 1",
        "Back to mention 2 of reference 1",
    ]


def test_a_mark_of_which_an_editor_formatted_a_part_is_treated_alike_everywhere(
    index: ArticleIndexPage, read: Read
) -> None:
    text = "<p>Deep[^<b>alster</b>2018] and[^alster2018].</p>"
    article = ArticlePageFactory(
        parent=index,
        body=body(section("One", ("paragraph", text))),
        references=references({"key": "alster2018"}),
    )
    soup = read(article)
    listed = [link["href"] for link in soup.select(".references__back a")]
    assert listed == [f"#{link['id']}" for link in marks_in(soup)]


def test_the_caption_of_a_main_picture_that_is_gone_counts_for_nothing(
    index: ArticleIndexPage, read: Read
) -> None:
    article = ArticlePageFactory(
        parent=index,
        hero_caption="Layers[^a].",
        body=body(section("One", ("paragraph", "<p>[^b][^a]</p>"))),
        references=references({"key": "a"}, {"key": "b"}),
    )
    soup = read(article)
    assert [link["href"] for link in marks_in(soup)] == ["#ref:b", "#ref:a"]
    assert [link["href"] for link in soup.select(".references__back a")] == [
        "#cite:b:1",
        "#cite:a:1",
    ]


def test_contents_standfirst_and_description_show_no_marks(
    index: ArticleIndexPage, read: Read
) -> None:
    article = ArticlePageFactory(
        parent=index,
        standfirst="Needles heal[^a].",
        body=body(section("Depth[^a]"), section("Rest[^a]")),
        references=references({"key": "a"}),
    )
    soup = read(article)
    contents = [link.get_text() for link in soup.select(".contents--beside a")]
    assert contents == ["Depth", "Rest", "References"]
    assert soup.find(class_="opening__standfirst").get_text() == "Needles heal."
    assert (
        soup.find("meta", {"name": "description"})["content"]
        == soup.find("meta", property="og:description")["content"]
        == "Needles heal."
    )
    teaser = read(index).find(class_="teaser__standfirst")
    assert teaser.get_text() == "Needles heal."


@pytest.mark.parametrize(
    ("years", "foot"),
    [
        ([None], "1 source."),
        ([2005], "1 source, the most recent from 2005."),
        ([2005, 2018, None], "3 sources, the most recent from 2018."),
    ],
)
def test_the_foot_says_how_many_sources_there_are_and_how_recent(
    index: ArticleIndexPage, read: Read, years: list[int | None], foot: str
) -> None:
    article = ArticlePageFactory(
        parent=index,
        references=references(
            *({"key": f"k{n}", "year": year} for n, year in enumerate(years))
        ),
    )
    assert read(article).find(class_="references__summary").get_text() == foot


def test_an_article_without_sources_has_no_list_of_them(
    article: ArticlePage, read: Read
) -> None:
    soup = read(article)
    assert soup.find(class_="references") is None
    assert soup.find(href="#references") is None


def test_a_source_s_text_is_cleaned_of_markup_that_the_editor_does_not_offer(
    index: ArticleIndexPage, read: Read
) -> None:
    article = ArticlePageFactory(
        parent=index,
        standfirst="<script>alert(1)</script>",
        sponsorship="<img src=x onerror=alert(1)>",
        body=body(
            section(
                "<script>alert(2)</script>",
                ("quote", {"text": "<script>[^a]</script>", "attribution": "<b>x"}),
                ("picture", {"image": CustomImageFactory().pk, "caption": "<i>[^a]"}),
            )
        ),
        references=references({"key": "a"}),
    )
    soup = read(article)
    content = soup.find("main")
    assert content.find_all("script", src=False) == []
    assert content.find_all(onerror=True) == []
    assert content.find("blockquote").get_text() == "<script>reference 1</script>"


def post_new_article(client: Client, index: ArticleIndexPage, **values: Any) -> Any:
    data = article_data(
        section_data("One", "<p>Deep[^known], wide[^unknown].</p>"),
        section_data("Two", "<p>No source.</p>"),
        **values,
    )
    address = reverse(
        "wagtailadmin_pages:add", args=["articles", "articlepage", index.pk]
    )
    return client.post(address, data)


def reference_data(key: str) -> dict[str, Any]:
    empty = dict.fromkeys(["year", "doi", "pmid", "url"], "")
    return {"key": key, "text": rich_text("<p>Text</p>", features=["bold"])} | empty


def test_an_article_whose_mark_has_no_source_is_not_published(
    admin_client: Client, index: ArticleIndexPage
) -> None:
    response = post_new_article(
        admin_client,
        index,
        references=[reference_data("known")],
        **{"action-publish": "1"},
    )
    assert response.status_code == 200
    errors = response.context["form"].errors.as_data()["body"][0]
    assert list(errors.block_errors) == [0]
    assert "[^unknown]" in str(errors.block_errors[0].non_block_errors)
    assert "[^known]" not in str(errors.block_errors[0].non_block_errors)
    assert not ArticlePage.objects.exists()


def test_a_mark_without_a_source_in_the_main_picture_s_caption_is_told_too(
    admin_client: Client, index: ArticleIndexPage
) -> None:
    image = CustomImageFactory(file=picture_file(size=(60, 40)))
    response = post_new_article(
        admin_client,
        index,
        references=[reference_data("known"), reference_data("unknown")],
        hero_image=image.pk,
        hero_caption="Layers[^nowhere].",
        **{"action-publish": "1"},
    )
    assert response.status_code == 200
    assert "[^nowhere]" in str(response.context["form"].errors["hero_caption"])


def test_an_article_whose_mark_has_no_source_can_be_kept_as_a_draft(
    admin_client: Client, index: ArticleIndexPage
) -> None:
    response = post_new_article(
        admin_client, index, references=[reference_data("known")]
    )
    assert response.status_code == 302
    assert ArticlePage.objects.get().live is False


def test_two_references_with_one_key_are_not_published(
    admin_client: Client, index: ArticleIndexPage
) -> None:
    keys = ["known", "unknown", "known"]
    response = post_new_article(
        admin_client,
        index,
        references=[reference_data(key) for key in keys],
        **{"action-publish": "1"},
    )
    assert response.status_code == 200
    errors = response.context["form"].errors.as_data()["references"][0]
    assert list(errors.block_errors) == [2]
    assert set(errors.block_errors[2].block_errors) == {"key"}


def test_a_source_stands_in_the_margin_beside_its_first_mention(
    index: ArticleIndexPage, read: Read
) -> None:
    article = ArticlePageFactory(
        parent=index,
        body=body(
            section(
                "One",
                (
                    "key_points",
                    {
                        "title": "",
                        "points": [
                            {
                                "type": "item",
                                "value": "<p>In short[^b].</p>",
                                "id": "p1",
                            }
                        ],
                    },
                ),
                ("paragraph", "<p>Once[^a], twice[^a].</p><p>And[^b].</p>"),
            )
        ),
        references=references(
            {"key": "a", "text": "<p>Ash &amp; Oak. <i>Dermatol &lt;1&gt;.</i></p>"},
            {"key": "b"},
        ),
    )
    soup = read(article)
    notes = soup.select(".margin-note")
    assert [" ".join(note.get_text().split()) for note in notes] == [
        "2 Ash & Oak. Dermatol <1>.",
        "1 Source b.",
    ]
    # What the marks lead to is read out there; nobody hears it twice.
    assert {note["aria-hidden"] for note in notes} == {"true"}
    assert notes[0].find_previous_sibling("sup")["class"] == ["citation"]
    assert not soup.select(".key-points .margin-note")

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup, Tag
from django.test import Client
from django.urls import reverse
from wagtail import blocks

from articles.blocks.media import PicturePairBlock, VideoBlock
from articles.blocks.sections import BodyBlock, ContentBlock, SectionBlock
from articles.blocks.text import CalloutBlock, TableBlock
from articles.pages.article import ArticlePage
from articles.pages.index import ArticleIndexPage
from articles.videos import embed_address
from tests.articles.every_block import VIDEO, stored
from tests.factories import (
    ArticlePageFactory,
    CustomImageFactory,
    body,
    picture_file,
    section,
)

Read = Callable[..., BeautifulSoup]
CONTENT = ContentBlock()


def plain_words(path: str) -> str:
    return f"Words of {path}."


def shown(index: ArticleIndexPage, read: Read, *content: tuple[str, Any]) -> Tag:
    """Return the section of an article that holds these blocks."""
    article = ArticlePageFactory(parent=index, body=body(section("One", *content)))
    return read(article).find(id="one")


def small_image() -> int:
    return CustomImageFactory(file=picture_file(size=(60, 40)), credit="Linden").pk


@pytest.mark.parametrize("name", CONTENT.child_blocks)
def test_an_article_shows_every_word_of_a_block(
    index: ArticleIndexPage, read: Read, name: str
) -> None:
    said: list[str] = []

    def words(path: str) -> str:
        said.append(plain_words(path))
        return said[-1]

    value = stored(CONTENT.child_blocks[name], words, small_image(), name)
    text = shown(index, read, (name, value)).get_text(" ")
    assert said
    assert [line for line in said if line not in text] == []


@pytest.mark.parametrize("name", ["picture", "picture_pair", "video"])
def test_a_block_whose_picture_was_deleted_is_still_shown(
    index: ArticleIndexPage, read: Read, name: str
) -> None:
    value = stored(CONTENT.child_blocks[name], plain_words, 12345, name)
    part = shown(index, read, (name, value))
    assert "Words of" in part.get_text()
    assert part.find("img") is None


def test_a_picture_stands_with_caption_credit_and_description(
    index: ArticleIndexPage, read: Read
) -> None:
    image = CustomImageFactory(
        description="A needle in skin", credit="Linden", licence="CC BY 4.0"
    )
    value = {"image": image.pk, "caption": "It ends in the dermis."}
    figure = shown(index, read, ("picture", value)).find("figure")
    assert figure.find("img")["alt"] == "A needle in skin"
    caption = figure.find("figcaption").get_text(" ", strip=True)
    assert caption == "It ends in the dermis. Linden, CC BY 4.0"


# Videos


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://www.youtube.com/watch?v=aqz-KE-bpKQ", "aqz-KE-bpKQ"),
        ("https://youtube.com/watch?v=aqz-KE-bpKQ&t=10s", "aqz-KE-bpKQ"),
        ("https://m.youtube.com/watch?app=desktop&v=aqz-KE-bpKQ", "aqz-KE-bpKQ"),
        ("https://youtu.be/aqz-KE-bpKQ?si=abc", "aqz-KE-bpKQ"),
        ("https://www.youtube.com/embed/aqz-KE-bpKQ", "aqz-KE-bpKQ"),
        ("https://www.youtube.com/shorts/aqz-KE-bpKQ/", "aqz-KE-bpKQ"),
        ("https://www.youtube.com/live/aqz-KE-bpKQ", "aqz-KE-bpKQ"),
        ("https://www.youtube-nocookie.com/embed/aqz-KE-bpKQ", "aqz-KE-bpKQ"),
    ],
)
def test_the_pages_of_a_youtube_video_lead_to_its_player(
    url: str, address: str
) -> None:
    assert embed_address(url) == (
        f"https://www.youtube-nocookie.com/embed/{address}?autoplay=1"
    )


@pytest.mark.parametrize(
    ("url", "query"),
    [
        ("https://vimeo.com/76979871", ""),
        ("https://www.vimeo.com/76979871/", ""),
        ("https://player.vimeo.com/video/76979871", ""),
        ("https://vimeo.com/76979871/8272103f6e", "&h=8272103f6e"),
    ],
)
def test_the_pages_of_a_vimeo_video_lead_to_its_player(url: str, query: str) -> None:
    assert embed_address(url) == (
        f"https://player.vimeo.com/video/76979871?dnt=1&autoplay=1{query}"
    )


NO_VIDEOS = [
    "",
    "http://www.youtube.com/watch?v=aqz-KE-bpKQ",
    "https://www.youtube.com/",
    "https://www.youtube.com/watch",
    "https://www.youtube.com/watch?v=short",
    "https://www.youtube.com/watch?v=aqz-KE-bpKQ%22%3E",
    "https://www.youtube.com/@clinic",
    "https://www.youtube.com/playlist?list=PL1",
    "https://youtube.com.evil.example/watch?v=aqz-KE-bpKQ",
    "https://evil.example/watch?v=aqz-KE-bpKQ",
    "https://youtube.com@evil.example/watch?v=aqz-KE-bpKQ",
    "https://notvimeo.com/76979871",
    "https://vimeo.com/channels/staffpicks",
    "https://vimeo.com/76979871/..%2f",
    "javascript:alert(1)//youtu.be/aqz-KE-bpKQ",
    "//youtu.be/aqz-KE-bpKQ",
]


@pytest.mark.parametrize("url", NO_VIDEOS)
def test_other_addresses_have_no_player(url: str) -> None:
    assert embed_address(url) is None


def clean_video(url: str) -> Any:
    block = VideoBlock()
    return block.clean(block.to_python({"title": "T", "url": url}))


@pytest.mark.parametrize("url", [url for url in NO_VIDEOS if ":" in url])
def test_what_is_no_video_is_refused_at_the_address(url: str) -> None:
    with pytest.raises(blocks.StructBlockValidationError) as error:
        clean_video(url)
    assert set(error.value.block_errors) == {"url"}


def test_an_address_that_cannot_be_parsed_is_refused_at_the_address() -> None:
    for url in ("https://[", "https://youtu.be:port/aqz-KE-bpKQ", "https://[::1"):
        with pytest.raises(blocks.StructBlockValidationError):
            clean_video(url)


def test_a_video_that_is_one_is_accepted() -> None:
    assert clean_video(VIDEO)["url"] == VIDEO


def test_nothing_is_asked_of_a_video_s_host_before_the_reader_clicks(
    index: ArticleIndexPage, read: Read
) -> None:
    value = {"title": "Sunscreen", "url": VIDEO, "poster": small_image()}
    article = ArticlePageFactory(
        parent=index, body=body(section("One", ("video", value)))
    )
    soup = read(article)
    assert soup.find_all(["iframe", "embed", "object", "video"]) == []
    loaded = [
        tag[name]
        for name in ("src", "srcset", "poster")
        for tag in soup.find_all(attrs={name: True})
    ]
    loaded += [
        tag["href"] for tag in soup.find_all("link") if "canonical" not in tag["rel"]
    ]
    assert loaded
    assert [address for address in loaded if urlsplit(address).netloc] == []
    link = soup.select_one("a[data-video]")
    assert link["href"] == VIDEO
    assert link["data-video"].startswith("https://www.youtube-nocookie.com/embed/")
    assert "Sunscreen" in link.get_text()


# What may be published


def clean_body(*sections: dict[str, Any], deferred: bool = False) -> Any:
    block = BodyBlock()
    value = block.to_python(list(sections))
    return block.clean_deferred(value) if deferred else block.clean(value)


def test_only_the_first_section_may_do_without_a_heading() -> None:
    assert len(clean_body(section(""), section("Two"))) == 2
    with pytest.raises(blocks.StreamBlockValidationError) as error:
        clean_body(section(""), section("Two"), section("  "), section(""))
    assert set(error.value.block_errors) == {2, 3}
    assert set(error.value.block_errors[2].block_errors) == {"heading"}


def test_a_draft_may_lack_headings() -> None:
    assert len(clean_body(section("One"), section(""), deferred=True)) == 2


@pytest.mark.parametrize("consent", [False, None])
def test_a_pair_of_pictures_needs_consent_to_be_published(
    db: None, consent: bool | None
) -> None:
    image = small_image()
    value = {"before": image, "after": image, "caption": "C", "consent": consent}
    block = PicturePairBlock()
    with pytest.raises(blocks.StructBlockValidationError) as error:
        block.clean(block.to_python(value))
    assert set(error.value.block_errors) == {"consent"}
    assert block.clean(block.to_python(value | {"consent": True}))


def test_the_anchor_of_a_section_is_shown_to_staff_but_not_edited() -> None:
    widget = SectionBlock().child_blocks["anchor"].field.widget
    assert widget.attrs["readonly"]


# Tables


def table(**values: Any) -> Any:
    return {
        "first_column_is_heading": True,
        "table": {
            "caption": "Rest after treatment",
            "columns": [
                {"type": "text", "heading": "Treatment"},
                {"type": "number", "heading": "Days"},
            ],
            "rows": [
                {"values": ["<p>Peel</p>", "7"]},
                {"values": ["<p>Needling</p>", "3"]},
            ],
        },
    } | values


def test_a_table_names_its_columns_and_rows(
    index: ArticleIndexPage, read: Read
) -> None:
    part = shown(index, read, ("table", table()))
    assert part.find("caption").get_text() == "Rest after treatment"
    heads = [(th["scope"], th.get_text()) for th in part.find_all("th")]
    assert heads == [
        ("col", "Treatment"),
        ("col", "Days"),
        ("row", "Peel"),
        ("row", "Needling"),
    ]
    assert [td.get_text() for td in part.find_all("td")] == ["7", "3"]


def test_a_table_whose_first_column_is_no_heading_names_columns_only(
    index: ArticleIndexPage, read: Read
) -> None:
    value = table(first_column_is_heading=False)
    part = shown(index, read, ("table", value))
    assert {th["scope"] for th in part.find_all("th")} == {"col"}
    assert len(part.find_all("td")) == 4


def test_a_wide_table_can_be_scrolled_with_the_keyboard(
    index: ArticleIndexPage, read: Read
) -> None:
    scroller = shown(index, read, ("table", table())).find("table").parent
    assert scroller["tabindex"] == "0"
    assert scroller["aria-label"] == "Rest after treatment"


def test_an_empty_table_does_not_break_the_page(
    index: ArticleIndexPage, read: Read
) -> None:
    value = {"first_column_is_heading": True, "table": None}
    assert shown(index, read, ("table", value))
    assert "table-scroll" not in TableBlock().render(TableBlock().to_python({}))


def test_a_row_that_says_nothing_is_not_shown(
    index: ArticleIndexPage, read: Read
) -> None:
    value = table()
    value["table"]["rows"] += [
        {"values": ["", ""]},
        {"values": ["<p></p>", " "]},
        {"values": ["", "9"]},
    ]
    part = shown(index, read, ("table", value))
    rows = [row.get_text("|", strip=True) for row in part.select("tbody tr")]
    assert rows == ["Peel|7", "Needling|3", "9"]
    # An empty cell names no row.
    assert len(part.select("th[scope=row]")) == 2


# Callouts


@pytest.mark.parametrize(("urgency", "words"), CalloutBlock.URGENCIES)
@pytest.mark.parametrize("title", ["", "When to call us"])
def test_a_callout_says_its_urgency_in_words(
    index: ArticleIndexPage, read: Read, urgency: str, words: str, title: str
) -> None:
    value = {"urgency": urgency, "title": title, "text": "<p>Call.</p>"}
    callout = shown(index, read, ("callout", value)).find("aside")
    said = callout.find("p").get_text()
    assert said == (f"{words}: {title}" if title else str(words))


# Previews


def choosable(block: blocks.Block) -> Iterator[blocks.Block]:
    """Yield every block that staff pick from a menu, at any depth."""
    children = getattr(block, "child_blocks", {}).values()
    if isinstance(block, blocks.StreamBlock):
        yield from children
    for child in children:
        yield from choosable(child)
    if isinstance(block, blocks.ListBlock):
        yield from choosable(block.child_block)


PICKED = [
    block
    for field in ("body", "references")
    for block in choosable(ArticlePage._meta.get_field(field).stream_block)
]


@pytest.mark.parametrize("block", PICKED, ids=lambda block: block.name)
def test_staff_see_what_a_block_is_before_they_pick_it(
    admin_client: Client, block: blocks.Block
) -> None:
    assert block.is_previewable
    assert str(block.get_description()).endswith(".")
    response = admin_client.get(
        reverse("wagtailadmin_block_preview"), {"id": block.definition_prefix}
    )
    assert response.status_code == 200
    soup = BeautifulSoup(response.content, "html.parser")
    assert soup.find(class_="article__body").get_text(strip=True)
    assert soup.find("link", href=lambda href: "css/prose" in href)


def test_all_kinds_of_blocks_are_among_those_that_staff_pick() -> None:
    names = {block.name for block in PICKED}
    assert names == {"section", "reference", *CONTENT.child_blocks}


def test_every_text_of_every_block_can_be_searched(db: None) -> None:
    block = BodyBlock()
    said: list[str] = []

    def words(path: str) -> str:
        said.append(plain_words(path))
        return said[-1]

    value = block.to_python(stored(block, words, 1, "body"))
    texts = block.get_searchable_content(value)
    titles_by_default = "Words of body/section/content/key_points/title."
    assert set(said) - set(texts) <= {titles_by_default}

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag
from django.core.files.base import ContentFile
from django.template import Context, Template

from articles.images.models import CustomImage, CustomRendition
from articles.images.sizes import PICTURE_SIZES, offer, prefetch_renditions
from articles.pages.article import ArticlePage
from articles.pages.index import ArticleIndexPage
from articles.pages.warming import warm
from tests.articles.photographs import drawing, encoded
from tests.factories import (
    ArticlePageFactory,
    AuthorFactory,
    CustomImageFactory,
    body,
    section,
)

Read = Callable[..., BeautifulSoup]


def plain_file(size: tuple[int, int]) -> ContentFile:
    """Return a picture that takes no time to encode."""
    return ContentFile(encoded(drawing(size), "JPEG"), name="skin.jpg")


@pytest.fixture
def image(db: None) -> CustomImage:
    return CustomImageFactory(
        file=plain_file((640, 480)), description="A needle in skin"
    )


def shown(image: CustomImage, size: str, options: str = "") -> Tag:
    """Return the picture element that templates get."""
    template = Template(
        "{% load articles_tags %}{% picture image size " + options + " %}"
    )
    html = template.render(Context({"image": image, "size": size}))
    return BeautifulSoup(html, "html.parser").find("picture")


def offered_widths(source: Tag) -> list[int]:
    entries = [entry.split() for entry in source["srcset"].split(",")]
    assert all(address for address, _width in entries)
    return [int(width.removesuffix("w")) for _address, width in entries]


@pytest.mark.parametrize("size", PICTURE_SIZES)
@pytest.mark.parametrize("original", [(640, 480), (300, 900), (20, 20)])
def test_no_picture_is_enlarged_or_offered_twice(
    db: None, size: str, original: tuple[int, int]
) -> None:
    image = CustomImageFactory(file=plain_file(original))
    picture = shown(image, size)
    for source in picture.find_all("source"):
        widths = offered_widths(source)
        assert widths == sorted(set(widths))
        assert max(widths) <= original[0]
    fallback = picture.find("img")
    assert 0 < int(fallback["width"]) <= original[0]
    assert 0 < int(fallback["height"]) <= original[1]


def test_a_large_picture_is_offered_in_every_step(db: None) -> None:
    image = CustomImageFactory(file=plain_file((1300, 20)))
    source = shown(image, "figure").find("source")
    assert offered_widths(source) == [400, 800, 1200]


def test_the_best_format_stands_first_and_jpeg_is_for_all_others(
    image: CustomImage,
) -> None:
    picture = shown(image, "figure")
    types = [source["type"] for source in picture.find_all("source")]
    assert types == ["image/avif", "image/webp"]
    endings = {
        source["srcset"].split()[0].rpartition(".")[2]
        for source in picture.find_all("source")
    }
    assert endings == {"avif", "webp"}
    assert picture.find("img")["src"].endswith(".jpg")


def test_every_source_says_how_wide_the_picture_stands(image: CustomImage) -> None:
    for size, rules in PICTURE_SIZES.items():
        for source in shown(image, size).find_all("source"):
            assert source["sizes"] == rules.layout


def test_the_space_of_a_picture_is_known_before_it_is_loaded(
    image: CustomImage,
) -> None:
    fallback = shown(image, "figure").find("img")
    rendition = offer(image, "figure").fallback
    assert int(fallback["width"]) == rendition.width == 640
    assert int(fallback["height"]) == rendition.height == 480


@pytest.mark.parametrize("size", PICTURE_SIZES)
def test_pictures_wait_until_they_are_near_unless_seen_at_once(
    image: CustomImage, size: str
) -> None:
    lazy, eager = (
        shown(image, size, options).find("img") for options in ("", "eager=True")
    )
    assert (lazy.get("loading"), lazy.get("fetchpriority")) == ("lazy", None)
    assert (eager.get("loading"), eager.get("fetchpriority")) == (None, "high")


def test_the_main_picture_is_the_only_large_one_that_does_not_wait(
    index: ArticleIndexPage, image: CustomImage, read: Read
) -> None:
    article = ArticlePageFactory(
        parent=index,
        hero_image=image,
        body=body(section("One", ("picture", {"image": image.pk, "caption": ""}))),
    )
    soup = read(article)
    assert soup.select_one(".opening__figure img").get("loading") is None
    assert soup.select_one(".section img")["loading"] == "lazy"


# Descriptions


def test_a_picture_is_described(image: CustomImage) -> None:
    assert shown(image, "figure").find("img")["alt"] == "A needle in skin"


def test_a_picture_that_only_decorates_has_an_empty_description(
    image: CustomImage,
) -> None:
    image.is_decorative = True
    assert shown(image, "figure").find("img")["alt"] == ""


def test_a_place_may_leave_the_description_out(image: CustomImage) -> None:
    assert shown(image, "figure", 'description=""').find("img")["alt"] == ""


def test_a_description_with_quotes_stays_in_its_attribute(image: CustomImage) -> None:
    image.description = '"><script>alert(1)</script>'
    picture = shown(image, "figure")
    assert picture.find("img")["alt"] == image.description
    assert picture.find("script") is None


# Lost files


def lose(image: CustomImage) -> None:
    Path(image.file.path).unlink()


def test_a_lost_file_costs_its_picture_and_not_the_page(
    index: ArticleIndexPage, image: CustomImage, read: Read
) -> None:
    lose(image)
    pair = {"before": image.pk, "after": image.pk, "caption": "C", "consent": True}
    article = ArticlePageFactory(
        parent=index,
        hero_image=image,
        authors=[("author", AuthorFactory(photo=image))],
        body=body(
            section(
                "One",
                ("picture", {"image": image.pk, "caption": "Below"}),
                ("picture_pair", pair),
                ("video", {"title": "T", "url": "https://vimeo.com/76979871"}),
            )
        ),
    )
    soup = read(article)
    assert "Below" in soup.get_text()
    assert soup.select_one(".opening__figure img")["alt"] == "A needle in skin"
    assert read(index).find(class_="teaser__title").get_text() == article.title


def test_renditions_that_are_there_outlive_a_lost_original(
    image: CustomImage,
) -> None:
    before = offer(image, "figure").fallback.url
    lose(image)
    assert offer(CustomImage.objects.get(), "figure").fallback.url == before


# Encoding before readers ask


def article_with(index: ArticleIndexPage, image: CustomImage) -> ArticlePage:
    return ArticlePageFactory(
        parent=index,
        hero_image=image,
        body=body(section("One", ("picture", {"image": image.pk, "caption": ""}))),
    )


def count_renditions(image: CustomImage) -> int:
    return CustomRendition.objects.filter(image=image).count()


def test_publishing_encodes_all_that_readers_will_ask_for(
    index: ArticleIndexPage,
    image: CustomImage,
    read: Read,
    django_capture_on_commit_callbacks: Any,
) -> None:
    article = article_with(index, image)
    assert count_renditions(image) == 0
    with django_capture_on_commit_callbacks(execute=True):
        article.save_revision().publish()
    made = count_renditions(image)
    assert made > 0
    read(article)
    read(index)
    assert count_renditions(image) == made


def test_a_lost_file_does_not_hinder_publication(
    index: ArticleIndexPage,
    image: CustomImage,
    django_capture_on_commit_callbacks: Any,
) -> None:
    article = article_with(index, image)
    lose(image)
    with django_capture_on_commit_callbacks(execute=True):
        article.save_revision().publish()
    assert ArticlePage.objects.get().live


def test_pictures_of_a_page_are_counted_when_they_are_encoded(
    index: ArticleIndexPage, image: CustomImage
) -> None:
    # For sharing, in the section, above the text and in lists.
    assert warm.call(article_with(index, image).pk) == 4


def test_prefetching_finds_every_rendition_that_offers_need(
    image: CustomImage, django_assert_num_queries: Any
) -> None:
    for size in ("figure", "hero"):
        offer(image, size)
    fresh = CustomImage.objects.get()
    prefetch_renditions([(fresh, "figure"), (fresh, "hero")])
    with django_assert_num_queries(0):
        offer(fresh, "figure")
        offer(fresh, "hero")


def test_prefetching_for_a_page_without_pictures_asks_nothing(
    db: None, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(0):
        prefetch_renditions([])

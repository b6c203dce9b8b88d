from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from bs4 import BeautifulSoup

from articles.figures import ArticleFigures
from articles.pages.article import ArticlePage
from articles.pages.index import ArticleIndexPage
from articles.people import Author
from tests.factories import (
    ArticlePageFactory,
    AuthorFactory,
    CustomImageFactory,
    TopicFactory,
    body,
    picture_file,
    section,
)

Read = Callable[..., BeautifulSoup]


def facts(soup: BeautifulSoup) -> list[str]:
    """Return what the byline says beside the authors."""
    return [item.get_text(" ", strip=True) for item in soup.select(".byline__facts li")]


def small_image(**values: Any) -> Any:
    return CustomImageFactory(file=picture_file(size=(60, 40)), **values)


def words(number: int) -> str:
    return f"<p>{'word ' * number}</p>"


def set_figures(article: ArticlePage, **figures: int) -> None:
    ArticleFigures.objects.filter(article=article).update(**figures)


# What stands above the text


def test_an_article_is_headed_by_topic_title_and_standfirst_in_this_order(
    index: ArticleIndexPage, read: Read
) -> None:
    article = ArticlePageFactory(
        parent=index,
        topic=TopicFactory(name="Micro Needling", slug="micro-needling"),
        title="How needles heal",
        standfirst="For everyone with skin.",
    )
    head = read(article).find(class_="opening__words")
    assert head.get_text("|", strip=True).startswith(
        "Micro Needling|How needles heal|For everyone with skin."
    )
    assert head.find("h1").get_text() == "How needles heal"
    assert head.find("a")["href"] == f"{index.get_url()}?topic=micro-needling"


def test_a_page_has_one_title_of_the_first_level(
    article: ArticlePage, read: Read
) -> None:
    soup = read(article)
    assert len(soup.find_all("h1")) == 1
    assert soup.find("title").get_text().startswith(article.title)


def test_an_article_without_topic_standfirst_and_authors_is_shown(
    index: ArticleIndexPage, read: Read
) -> None:
    soup = read(ArticlePageFactory(parent=index, standfirst=""))
    assert soup.find(class_="opening__topic") is None
    assert soup.find(class_="opening__standfirst") is None
    assert soup.find(class_="byline__authors") is None


def test_the_byline_names_the_authors_in_order_with_their_credentials(
    index: ArticleIndexPage, read: Read
) -> None:
    first = AuthorFactory(name="Zoe Linden", credentials="Dermatologist, MRCP")
    second = AuthorFactory(name="Aftercare team", credentials="")
    article = ArticlePageFactory(
        parent=index, authors=[("author", first), ("author", second)]
    )
    soup = read(article)
    names = [tag.get_text() for tag in soup.select(".byline__name")]
    assert names == ["Zoe Linden", "Aftercare team"]
    credentials = [tag.get_text() for tag in soup.select(".byline__credentials")]
    assert credentials == ["Dermatologist, MRCP"]


def test_an_author_who_was_deleted_is_left_out(
    index: ArticleIndexPage, read: Read
) -> None:
    gone, stays = AuthorFactory(name="Gone"), AuthorFactory(name="Stays")
    article = ArticlePageFactory(
        parent=index, authors=[("author", gone), ("author", stays)]
    )
    Author.objects.filter(pk=gone.pk).delete()
    soup = read(article)
    assert [tag.get_text() for tag in soup.select(".byline__name")] == ["Stays"]
    assert "None" not in soup.find(class_="byline").get_text()


def test_an_author_s_photo_only_decorates_the_name(
    index: ArticleIndexPage, read: Read
) -> None:
    author = AuthorFactory(photo=small_image(description="A smiling woman"))
    article = ArticlePageFactory(parent=index, authors=[("author", author)])
    assert read(article).select_one(".byline__photo img")["alt"] == ""


# Dates


def test_dates_have_their_month_in_full(index: ArticleIndexPage, read: Read) -> None:
    article = ArticlePageFactory(
        parent=index,
        first_published_at=datetime(2026, 1, 3, 12, tzinfo=UTC),
        updated_on=date(2026, 9, 15),
    )
    soup = read(article)
    assert facts(soup)[:2] == [
        "Published 3 January 2026",
        "Updated 15 September 2026",
    ]
    times = [tag["datetime"] for tag in soup.select(".byline time")]
    assert times == ["2026-01-03", "2026-09-15"]


def test_the_day_of_publication_is_that_of_the_clinic_s_zone(
    index: ArticleIndexPage, read: Read
) -> None:
    late = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)  # half past midnight in London
    article = ArticlePageFactory(parent=index, first_published_at=late)
    assert facts(read(article))[0] == "Published 1 July 2026"


def test_updated_is_said_only_if_staff_set_it(article: ArticlePage, read: Read) -> None:
    article.title = "A typing error less"
    article.save_revision().publish()
    assert not any(fact.startswith("Updated") for fact in facts(read(article)))


# Views and comments


@pytest.mark.parametrize(
    ("starting", "counted", "label"),
    [
        (0, 0, "0 views"),
        (0, 1, "1 view"),
        (70, 7, "77 views"),
        (1000, 204, "1,204 views"),
        (1_000_000, 0, "1,000,000 views"),
    ],
)
def test_views_are_said_in_words_and_grouped(
    article: ArticlePage,
    index: ArticleIndexPage,
    read: Read,
    starting: int,
    counted: int,
    label: str,
) -> None:
    set_figures(article, starting_views=starting, counted_views=counted)
    assert label in facts(read(article))
    assert read(index).find(class_="teaser__views").get_text() == label


@pytest.mark.parametrize(
    ("allowed", "approved", "label"),
    [
        (True, 0, "No comments"),
        (True, 1, "1 comment"),
        (True, 12, "12 comments"),
        (True, 1204, "1,204 comments"),
        (False, 12, "12 comments"),
        (False, 0, None),
    ],
)
def test_comments_are_counted_unless_there_are_none_and_will_be_none(
    index: ArticleIndexPage, read: Read, allowed: bool, approved: int, label: str | None
) -> None:
    article = ArticlePageFactory(parent=index, comments_allowed=allowed)
    set_figures(article, approved_comments=approved)
    on_page = [fact for fact in facts(read(article)) if "comment" in fact]
    in_list = [tag.get_text() for tag in read(index).select(".teaser__comments")]
    assert on_page == in_list == ([label] if label else [])


# Reading time


@pytest.mark.parametrize(
    ("count", "label"),
    [
        (0, "1 min read"),
        (238, "1 min read"),
        (238 * 2, "2 min read"),
        (238 * 8 + 100, "8 min read"),
        (238 * 8 + 130, "9 min read"),
    ],
)
def test_reading_takes_a_minute_for_238_words(
    index: ArticleIndexPage, read: Read, count: int, label: str
) -> None:
    article = ArticlePageFactory(
        parent=index,
        standfirst="",
        body=body(section("", ("paragraph", words(count)))),
    )
    assert label in facts(read(article))


def test_the_words_of_standfirst_headings_and_all_blocks_are_counted(
    index: ArticleIndexPage,
) -> None:
    article = ArticlePageFactory(
        parent=index,
        standfirst="word " * 60,
        body=body(
            section(
                "word " * 20,
                ("quote", {"text": "word " * 100, "attribution": ""}),
                ("steps", {"title": "", "steps": ["<p>word</p>"] * 100}),
                ("paragraph", words(80)),
            )
        ),
    )
    assert article.reading_minutes == 2  # 360 words: without any part it would be 1


def test_each_picture_takes_ten_seconds(index: ArticleIndexPage) -> None:
    image = small_image()
    pair = {"before": image.pk, "after": image.pk, "caption": "", "consent": True}
    article = ArticlePageFactory(
        parent=index,
        standfirst="",
        hero_image=image,
        social_image=image,
        authors=[("author", AuthorFactory(photo=image))],
        body=body(
            section(
                "",
                ("paragraph", words(238 * 2)),
                ("picture", {"image": image.pk, "caption": ""}),
                ("picture_pair", pair),
                ("picture_pair", pair),
            )
        ),
    )
    # Six pictures: the main one, one figure and two pairs. Neither the portrait nor
    # the picture for sharing is looked at.
    assert article.reading_minutes == 3
    fewer = ArticlePageFactory(
        parent=index,
        standfirst="",
        body=body(
            section("", ("paragraph", words(238 * 2)), ("picture_pair", pair)),
        ),
    )
    assert fewer.reading_minutes == 2


# Contents, sponsorship


def test_an_article_with_several_sections_lists_them(
    article: ArticlePage, read: Read
) -> None:
    links = read(article).select(".contents--beside a")
    assert [(link["href"], link.get_text()) for link in links] == [
        ("#mechanism-of-action", "Mechanism of action"),
        ("#aftercare", "Aftercare"),
    ]


@pytest.mark.parametrize("headings", [["One"], ["", "One"], [""]])
def test_an_article_with_one_section_to_go_to_lists_none(
    index: ArticleIndexPage, read: Read, headings: list[str]
) -> None:
    sections = [section(text, ("paragraph", words(1))) for text in headings]
    article = ArticlePageFactory(parent=index, body=body(*sections))
    assert read(article).find(class_="contents") is None


@pytest.mark.parametrize(
    ("sponsorship", "statement"),
    [
        ("", "none declared."),
        ("The needles were lent by their maker.",) * 2,
    ],
)
def test_sponsorship_is_always_stated(
    index: ArticleIndexPage, read: Read, sponsorship: str, statement: str
) -> None:
    article = ArticlePageFactory(parent=index, sponsorship=sponsorship)
    said = read(article).find(class_="article__statement").get_text()
    assert said == f"Sponsorship and conflicts of interest: {statement}"


# Figures are kept apart from the page


def test_an_article_has_its_figures_from_the_start(article: ArticlePage) -> None:
    figures = ArticleFigures.objects.get(article=article)
    assert (figures.views, figures.approved_comments) == (0, 0)


def test_figures_survive_a_new_slug(article: ArticlePage, read: Read) -> None:
    set_figures(article, counted_views=77)
    article.slug = "a-new-address"
    article.save_revision().publish()
    article = ArticlePage.objects.get(pk=article.pk)
    assert article.get_url().endswith("/a-new-address/")
    assert "77 views" in facts(read(article))


def test_publishing_an_old_revision_does_not_change_figures(
    article: ArticlePage,
) -> None:
    old = article.save_revision()
    set_figures(article, starting_views=5, counted_views=77, approved_comments=3)
    article.get_latest_revision_as_object().save_revision().publish()
    old.publish()
    figures = ArticleFigures.objects.get(article=article)
    assert (figures.views, figures.approved_comments) == (82, 3)


def test_a_copy_starts_at_zero(article: ArticlePage) -> None:
    set_figures(article, starting_views=5, counted_views=77, approved_comments=3)
    copy = article.copy(update_attrs={"slug": "copy"})
    figures = ArticleFigures.objects.get(article=copy)
    assert (figures.views, figures.approved_comments) == (0, 0)
    assert ArticleFigures.objects.get(article=article).views == 82


def test_figures_go_with_their_article(article: ArticlePage) -> None:
    article.delete()
    assert not ArticleFigures.objects.exists()


def test_a_picture_that_teaches_is_described_at_length(
    index: ArticleIndexPage, read: Read
) -> None:
    image = CustomImageFactory(long_description="Above: <horn>.\n\nBelow: fat.")
    plain = CustomImageFactory()
    pictures = [("picture", {"image": one.pk, "caption": ""}) for one in (image, plain)]
    article = ArticlePageFactory(
        parent=index, hero_image=image, body=body(section("One", *pictures))
    )
    soup = read(article)
    described = soup.select("details.figure__description")
    assert len(described) == 2
    for details in described:
        assert [p.get_text() for p in details.select("p")] == [
            "Above: <horn>.",
            "Below: fat.",
        ]
        assert details.find_parent("figure")

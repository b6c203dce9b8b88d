from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from articles.images.models import CustomImage
from articles.importing.models import ArticleImport
from articles.importing.run import ImportRun, Options, Status
from articles.pages.article import ArticlePage
from articles.pages.index import ArticleIndexPage
from articles.people import Author
from articles.topics import Topic
from tests.articles.importing.whole_article import NOW, WHOLE, Run, Write, messages
from tests.factories import picture_file


def test_everything_in_a_file_reaches_the_page(write: Write, run: Run) -> None:
    outcome = run(write(WHOLE), publish=True)

    assert outcome.status is Status.CREATED, outcome.problems
    page = ArticlePage.objects.get(slug="how-micro-needling-works")
    assert page.live
    assert page.topic.name == "Micro Needling"
    assert [topic.name for topic in page.further_topics.all()] == ["Scars"]
    assert page.standfirst == "What fine needles do."
    assert [author.name for author in page.author_list] == [
        "Skin Treatments Team",
        "Patient Information Team",
    ]
    assert page.first_published_at.date().isoformat() == "2026-03-15"
    assert page.updated_on.isoformat() == "2026-04-01"
    assert page.figures.starting_views == 77
    assert not page.comments_allowed
    assert page.hero_image.description == "The layers of the skin."
    assert page.hero_caption == "Three layers."
    assert [section["anchor"] for section in page.contents] == [
        "mechanism-of-action",
        "aftercare",
    ]
    blocks = page.body[1].value["content"]
    assert [block.block_type for block in blocks] == [
        "paragraph",
        "picture",
        "table",
        "callout",
        "key_points",
        "question",
        "steps",
        "quote",
    ]
    table = blocks[2].value["table"]
    assert table.caption == "Layers"
    assert [column["heading"] for column in table.columns] == ["Layer", "Depth"]
    reference = page.references[0].value
    assert (reference["key"], reference["year"]) == ("a2005", 2005)
    assert reference["doi"] == "10.1016/j.coms.2004.09.004"
    assert page.bibliography.unknown_keys == []


def test_the_imported_page_and_the_list_show_it(
    client: object, index: ArticleIndexPage, write: Write, run: Run
) -> None:
    run(write(WHOLE), publish=True)
    page = client.get("/articles/how-micro-needling-works/").content.decode()
    for text in ("77 views", "Micro Needling", "Mechanism of action", "15 March 2026"):
        assert text in page
    assert "Full article" in client.get(index.url).content.decode()


def test_a_title_is_enough(write: Write, run: Run) -> None:
    outcome = run(
        write("# Sunscreen\n\nHow much is **enough**?[^a]\n\n[^a]: A. 2001.\n")
    )
    page = ArticlePage.objects.get(slug="sunscreen")
    assert outcome.status is Status.CREATED
    assert not page.live
    assert page.title == "Sunscreen"
    assert page.standfirst == "How much is enough?"
    assert page.topic is None
    assert [(author.name, author.kind) for author in page.author_list] == [
        ("Clinic team", Author.Kind.TEAM)
    ]
    assert page.comments_allowed


def test_known_topics_and_authors_are_used_again(write: Write, run: Run) -> None:
    topic = Topic.objects.create(name="Sun Protection", slug="sun")
    author = Author.objects.create(name="Skin Team", kind=Author.Kind.TEAM)
    run(write("---\ntitle: A\ntopic: sun protection\nauthors: SKIN TEAM\n---\nText."))
    page = ArticlePage.objects.get()
    assert page.topic == topic
    assert page.author_list == [author]


def test_one_slug_comes_once_in_a_run(index: ArticleIndexPage, write: Write) -> None:
    importer = ImportRun(index, Options(), ZoneInfo("UTC"))
    first = write("---\ntitle: A\n---\nOne.", "a.md")
    second = write("---\ntitle: A\n---\nTwo.", "b.md")
    assert importer.import_file(first, NOW).status is Status.CREATED
    outcome = importer.import_file(second, NOW)
    assert outcome.status is Status.FAILED
    assert "a.md" in messages(outcome)


def test_a_dry_run_stores_nothing(write: Write, run: Run, media: Path) -> None:
    outcome = run(write(WHOLE), dry_run=True, publish=True)
    assert outcome.status is Status.CREATED
    assert outcome.sections == 3
    for model in (ArticlePage, ArticleImport, Topic, Author, CustomImage):
        assert not model.objects.exists()
    assert [path for path in media.rglob("*") if path.is_file()] == []


def test_a_failure_stores_nothing_of_the_file(
    write: Write, run: Run, media: Path
) -> None:
    too_long = WHOLE.replace("It ends in the dermis.", "x" * 301)
    outcome = run(write(too_long))
    assert outcome.status is Status.FAILED
    assert "caption" in messages(outcome)
    assert outcome.problems[0].line is not None
    for model in (ArticlePage, Topic, Author, CustomImage):
        assert not model.objects.exists()
    assert [path for path in media.rglob("*") if path.is_file()] == []


def test_a_broken_picture_is_a_problem_with_its_line(
    write: Write, run: Run, tmp_path: Path
) -> None:
    path = write("# A\n\nText.\n\n![Skin](skin.jpg)\n")
    (tmp_path / "skin.jpg").write_bytes(picture_file().read()[:400])
    outcome = run(path)
    assert outcome.status is Status.FAILED
    assert outcome.problems[0].line == 5
    assert "skin.jpg" in messages(outcome)


def test_a_date_in_the_future_schedules(write: Write, run: Run) -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    text = f"---\ntitle: A\npublished: {tomorrow.date().isoformat()}\n---\nText."
    run(write(text), now=tomorrow - timedelta(days=1), publish=True)
    page = ArticlePage.objects.get()
    assert not page.live
    assert page.go_live_at.date() == tomorrow.date()
    assert page.scheduled_revision is not None


def test_a_reserved_slug_is_refused(write: Write, run: Run) -> None:
    outcome = run(write("---\ntitle: Feed\nslug: feed\n---\nText."))
    assert outcome.status is Status.FAILED
    assert "feed" in messages(outcome)


def test_only_known_kinds_of_file_are_read(write: Write, run: Run) -> None:
    outcome = run(write("Text", "article.docx"))
    assert outcome.status is Status.FAILED
    assert ".md" in messages(outcome)


def test_a_picture_outlives_a_failure_to_encode_it(
    write: Write,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    def full_disk(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("articles.pages.warming.offer", full_disk)
    path = write(WHOLE)
    # Encoding is the worker's: its failure is the task's own.
    with django_capture_on_commit_callbacks(execute=True):
        outcome = run(path, publish=True)
    assert outcome.status is Status.CREATED
    page = ArticlePage.objects.get()
    assert page.live
    assert page.hero_image.file.storage.exists(page.hero_image.file.name)


def test_names_are_known_whatever_their_case(write: Write, run: Run) -> None:
    topic = Topic.objects.create(name="Écz\u00e9ma", slug="eczema")
    run(write("---\ntitle: A\ntopic: ÉCZÉMA\n---\nText."))
    assert ArticlePage.objects.get().topic == topic
    assert Topic.objects.count() == 1


@pytest.mark.parametrize(
    "line",
    [
        "topic: {}",
        "topics: [{}]",
        "authors: [{}]",
        "image: {{file: skin.jpg, caption: {}}}",
    ],
)
def test_what_is_too_long_is_said_with_its_line(
    write: Write, run: Run, line: str
) -> None:
    outcome = run(write(f"---\ntitle: A\n{line.format('x' * 301)}\n---\nText."))
    assert outcome.status is Status.FAILED
    assert outcome.problems[0].line == 3
    assert "longer than" in messages(outcome)

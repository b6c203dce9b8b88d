from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from articles.images.models import CustomImage
from articles.importing.models import ArticleImport
from articles.importing.run import ImportRun, Options, Outcome, Status
from articles.pages.article import ArticlePage
from articles.pages.index import ArticleIndexPage
from articles.people import Author
from articles.topics import Topic
from tests.factories import ArticlePageFactory, picture_file

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)

WHOLE = """\
---
title: How micro needling works
topic: Micro Needling
topics: [Scars]
standfirst: What fine needles do.
authors: [Skin Treatments Team, Patient Information Team]
published: 2026-03-15
updated: 2026-04-01
views: 77
comments: false
image: {file: skin.jpg, description: The layers of the skin., caption: Three layers.}
---
It begins with a scratch.

## Mechanism of action

Channels open.[^a2005]

![A needle](skin.jpg "It ends in the dermis.")

| Layer | Depth |
|---|---|
| Dermis | 2 mm |

Table: Layers

> [!WARNING] When it spreads
> Call us.

> [!SUMMARY] Key points
> - One.
> - Two.

> [!QUESTION] Does it hurt?
> A little.

> [!STEPS] Afterwards
> 1. Wash.
> 2. Dry.

> Keep it dry.
> — Our leaflet

## Aftercare

Keep it clean.

[^a2005]: Author A. A title. *Journal.* 2005;17(1):51. doi:10.1016/j.coms.2004.09.004
"""


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a file beside a picture named skin.jpg; return its path."""
    (tmp_path / "skin.jpg").write_bytes(picture_file().read())

    def make(text: str, name: str = "article.md") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return make


@pytest.fixture
def run(index: ArticleIndexPage) -> Callable[..., Outcome]:
    """Import one file in a run of its own."""

    def make(path: Path, now: datetime = NOW, **options: bool) -> Outcome:
        importer = ImportRun(index, Options(**options), ZoneInfo("Europe/London"))
        return importer.import_file(path, now)

    return make


Write = Callable[..., Path]
Run = Callable[..., Outcome]


def messages(outcome: Outcome) -> str:
    return " ".join(problem.message for problem in outcome.problems)


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


def test_the_same_file_again_is_unchanged(write: Write, run: Run) -> None:
    path = write(WHOLE)
    run(path, publish=True)
    before = ArticlePage.objects.get().latest_revision_id
    assert run(path, publish=True).status is Status.UNCHANGED
    assert run(path, update=True).status is Status.UNCHANGED
    assert ArticlePage.objects.get().latest_revision_id == before
    assert CustomImage.objects.count() == 2  # the same file, described in two ways


def test_a_draft_imported_before_is_published_when_asked(
    write: Write, run: Run
) -> None:
    path = write(WHOLE)
    run(path)
    assert not ArticlePage.objects.get().live
    assert run(path, publish=True).status is Status.PUBLISHED
    assert ArticlePage.objects.get().live


def test_other_content_needs_to_be_asked_for(write: Write, run: Run) -> None:
    run(write(WHOLE), publish=True)
    outcome = run(write(WHOLE.replace("Channels open.", "Channels close.")))
    assert outcome.status is Status.FAILED
    assert "--update" in messages(outcome)
    assert "Channels open." in str(ArticlePage.objects.get().body.raw_data)


def test_a_changed_picture_is_other_content(
    write: Write, run: Run, tmp_path: Path
) -> None:
    path = write(WHOLE)
    run(path)
    (tmp_path / "skin.jpg").write_bytes(picture_file(size=(320, 200)).read())
    assert run(path).status is Status.FAILED
    assert run(path, update=True).status is Status.UPDATED


def test_an_update_is_a_revision_that_keeps_anchors_and_views(
    write: Write, run: Run
) -> None:
    run(write(WHOLE), publish=True)
    page = ArticlePage.objects.get()
    page.figures.counted_views = 5
    page.figures.save()
    sections = {block.value["heading"]: block.id for block in page.body}
    changed = (
        WHOLE.replace("views: 77\n", "")
        .replace("## Aftercare", "## New first\n\nText.\n\n## Aftercare")
        .replace(
            "title: How micro needling works",
            "title: How needling works\nslug: how-micro-needling-works",
        )
    )
    outcome = run(write(changed), update=True, publish=True)
    assert outcome.status is Status.UPDATED, outcome.problems
    page = ArticlePage.objects.get()
    assert page.title == "How needling works"
    assert [entry["anchor"] for entry in page.contents] == [
        "mechanism-of-action",
        "new-first",
        "aftercare",
    ]
    kept = {block.value["heading"]: block.id for block in page.body}
    assert kept["Aftercare"] == sections["Aftercare"]
    assert page.figures.views == 82
    assert page.revisions.count() == 2


def test_an_update_without_publish_leaves_what_readers_see(
    write: Write, run: Run
) -> None:
    run(write(WHOLE), publish=True)
    run(write(WHOLE.replace("Keep it clean.", "Keep it dry.")), update=True)
    page = ArticlePage.objects.get()
    assert "Keep it clean." in str(page.body.raw_data)
    assert page.has_unpublished_changes
    draft = page.get_latest_revision_as_object()
    assert "Keep it dry." in str(draft.body.raw_data)


def test_what_staff_edited_is_not_overwritten(write: Write, run: Run) -> None:
    run(write(WHOLE), publish=True)
    page = ArticlePage.objects.get()
    page.standfirst = "Staff wrote this."
    page.save_revision().publish()
    changed = write(WHOLE.replace("Keep it clean.", "Keep it dry."))

    refused = run(changed, update=True)
    assert refused.status is Status.FAILED
    assert "--force" in messages(refused)
    assert ArticlePage.objects.get().standfirst == "Staff wrote this."

    assert run(changed, update=True, force=True, publish=True).status is Status.UPDATED
    assert ArticlePage.objects.get().standfirst == "What fine needles do."


def test_an_article_that_staff_wrote_is_not_overwritten(
    index: ArticleIndexPage, write: Write, run: Run
) -> None:
    ArticlePageFactory(parent=index, slug="how-micro-needling-works")
    assert "--update" in messages(run(write(WHOLE)))
    assert "--force" in messages(run(write(WHOLE), update=True))


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

from datetime import UTC, datetime, timedelta
from pathlib import Path

from articles.images.models import CustomImage
from articles.importing.run import Status
from articles.pages.article import ArticlePage
from articles.pages.index import ArticleIndexPage
from tests.articles.importing.whole_article import WHOLE, Run, Write, messages
from tests.factories import ArticlePageFactory, picture_file


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


def test_what_staff_took_off_the_site_stays_off(write: Write, run: Run) -> None:
    path = write(WHOLE)
    run(path, publish=True)
    ArticlePage.objects.get().unpublish()
    assert run(path, publish=True).status is Status.UNCHANGED
    assert not ArticlePage.objects.get().live


def test_a_date_brought_forward_into_the_past_publishes(write: Write, run: Run) -> None:
    future = datetime.now(UTC) + timedelta(days=9)
    text = "---\ntitle: A\npublished: {}\n---\nText."
    run(write(text.format(future.date())), publish=True)
    assert not ArticlePage.objects.get().live
    run(write(text.format("2026-01-02")), update=True, publish=True)
    page = ArticlePage.objects.get()
    assert page.live
    assert page.go_live_at is None


def test_an_alias_is_not_replaced(
    index: ArticleIndexPage, write: Write, run: Run
) -> None:
    article = ArticlePageFactory(parent=index)
    article.create_alias(update_slug="how-micro-needling-works")
    outcome = run(write(WHOLE), update=True, force=True)
    assert outcome.status is Status.FAILED
    assert "alias" in messages(outcome)

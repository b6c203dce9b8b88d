"""Comments that come with an article's file."""

import pytest

from articles.comments import decisions
from articles.comments.models import Comment
from articles.figures import ArticleFigures
from articles.importing.run import Status
from clinic_site import content_version
from tests.articles.importing.test_front_matter import problems
from tests.articles.importing.whole_article import NOW, Run, Write

FILE = """---
title: Needles
discussion:
  - author: Maria
    date: 2026-02-02
    text: |
      How long?

      Thank you.
  - {author: Nurse, clinic: true, parent: 1, date: 2026-02-03, text: Two days.}
  - {author: Tom, date: 2026-02-04T08:30:00, text: It waits, status: awaiting}
  - {author: Pills, date: 2026-02-05, text: Buy, status: spam}
---
Text.
"""


def test_a_discussion_comes_with_its_article(write: Write, run: Run) -> None:
    outcome = run(write(FILE), publish=True)

    assert outcome.status is Status.CREATED, outcome.problems
    maria, nurse, tom, pills = Comment.objects.order_by("written_at")
    assert (maria.name, maria.text) == ("Maria", "How long?\n\nThank you.")
    assert maria.written_at.isoformat() == "2026-02-02T12:00:00+00:00"
    assert (nurse.parent, nurse.is_from_clinic) == (maria, True)
    assert [comment.status for comment in (maria, nurse, tom, pills)] == [
        "approved",
        "approved",
        "awaiting",
        "spam",
    ]
    assert ArticleFigures.objects.get().approved_comments == 2


def test_importing_again_adds_what_is_new_and_keeps_decisions(
    write: Write, run: Run
) -> None:
    run(write(FILE), publish=True)
    maria = Comment.objects.get(name="Maria")
    decisions.decide([maria.pk], Comment.Status.REJECTED, by=None, now=NOW)
    more = "  - {author: Zoe, parent: 1, date: 2026-02-06, text: And I}\n---\nText."

    outcome = run(write(FILE.replace("---\nText.", more)), publish=True, update=True)

    assert outcome.status is Status.UPDATED, outcome.problems
    assert Comment.objects.count() == 5
    assert Comment.objects.get(name="Zoe").parent == maria
    assert Comment.objects.get(name="Maria").status == "rejected"
    assert ArticleFigures.objects.get().approved_comments == 0


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_readers_see_an_imported_comment_though_the_text_stays_a_draft(
    write: Write, run: Run
) -> None:
    run(write(FILE), publish=True)
    before = content_version.current()
    more = "  - {author: Zoe, date: 2026-02-06, text: And I}\n---\nText."

    run(write(FILE.replace("---\nText.", more)), update=True)

    assert Comment.objects.filter(name="Zoe", status="approved").exists()
    assert content_version.current() != before


def test_a_dry_run_stores_no_comment(write: Write, run: Run) -> None:
    run(write(FILE), dry_run=True)

    assert not Comment.objects.exists()


def test_what_is_wrong_with_a_comment_is_said_with_its_line() -> None:
    found = problems(
        "title: T\n"
        "discussion:\n"
        "  - {author: A, date: 2026-01-01}\n"
        "  - {author: A, date: soon, text: T}\n"
        "  - {author: A, date: 2026-01-01, text: T, status: seen}\n"
        "  - {author: A, date: 2026-01-01, text: T, clinic: true, status: spam}\n"
        "  - {author: A, date: 2026-01-01, text: T, parent: 5}\n"
        "  - {author: A, date: 2026-01-01, text: T, parent: 0}\n"
        "  - {author: A, date: 2026-01-01, text: T}\n"
        "  - {author: A, date: 2026-01-01, text: T, parent: 7}\n"
        "  - {author: A, date: 2026-01-01, text: T, parent: 8}\n"
        "  - {author: A, date: 2026-01-01, text: T, email: a@b.example}\n"
        "  - text\n"
    )

    assert [line for line, _message in found] == [4, 5, 6, 7, 8, 9, 12, 13, 14]
    messages = [message for _line, message in found]
    assert messages[0] == "discussion: each needs an author, a date and a text."
    assert messages[4] == "discussion: parent: must be the number of an earlier one."
    assert messages[6] == "discussion: parent: is an answer itself."


def test_a_discussion_is_a_list() -> None:
    assert "must be a list" in problems("title: T\ndiscussion: none")[0][1]

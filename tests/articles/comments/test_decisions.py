"""What follows from a decision: counts, pages, history, mail."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import AbstractUser
from django.db import IntegrityError, transaction
from django.test import Client
from wagtail.models import ModelLogEntry

from articles.comments import decisions, privacy_rules
from articles.comments.models import Comment
from articles.figures import ArticleFigures
from articles.pages.article import ArticlePage
from articles.pages.index import ArticleIndexPage
from tests.articles.comments.conftest import NOW, Make
from tests.factories import ArticlePageFactory, CommentFactory

Status = Comment.Status


@pytest.fixture
def nurse(staff: Callable[[str], AbstractUser]) -> AbstractUser:
    return staff("Reception")


@pytest.fixture
def moves(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What gathers each move of the content version."""
    gathered: list[int] = []
    monkeypatch.setattr("clinic_site.content_version.move", lambda: gathered.append(1))
    return gathered


def number(article: ArticlePage) -> int:
    return ArticleFigures.objects.get(article=article).approved_comments


def test_an_approved_comment_is_shown_and_counted_everywhere(
    client: Client,
    make: Make,
    article: ArticlePage,
    nurse: AbstractUser,
    moves: list[int],
) -> None:
    comment = make(text="What <b>about</b> & sun?")
    moves.clear()

    changed = decisions.decide([comment.pk], Status.APPROVED, by=nurse, now=NOW)

    assert changed == [(comment.pk, "awaiting", None, None)]
    comment.refresh_from_db()
    assert (comment.decided_at, comment.decided_by) == (NOW, nurse)
    assert number(article) == 1
    assert moves
    page = client.get(article.url).content.decode()
    assert page.count("1 comment<") == 2
    assert "What &lt;b&gt;about&lt;/b&gt; &amp; sun?" in page
    listing = client.get(article.get_parent().get_url()).content.decode()
    assert listing.count("1 comment<") == 1


@pytest.mark.parametrize("status", [Status.REJECTED, Status.SPAM, Status.AWAITING])
def test_a_comment_that_is_taken_back_is_gone_everywhere(
    client: Client,
    make: Make,
    article: ArticlePage,
    nurse: AbstractUser,
    status: Status,
    moves: list[int],
) -> None:
    comment = make(approved=True)
    make(approved=True, parent=comment, text="An answer to it")
    assert number(article) == 2
    moves.clear()

    decisions.decide([comment.pk], status, by=nurse, now=NOW)

    assert number(article) == 0
    assert moves
    page = client.get(article.url).content.decode()
    assert comment.text not in page
    assert "An answer to it" not in page
    assert page.count("No comments<") == 2


def test_what_readers_do_not_see_leaves_kept_pages_alone(
    make: Make, nurse: AbstractUser, moves: list[int]
) -> None:
    comments = [make(), make()]
    moves.clear()

    decisions.decide([comments[0].pk], Status.SPAM, by=nurse, now=NOW)
    decisions.decide([comments[0].pk], Status.REJECTED, by=nurse, now=NOW)
    decisions.redact(comments[1].pk, ["think"], by=nurse)
    decisions.delete([comments[0].pk], by=nurse)

    assert not moves


def test_deciding_again_changes_nothing(make: Make, nurse: AbstractUser) -> None:
    comment = make()
    decisions.decide([comment.pk], Status.APPROVED, by=nurse, now=NOW)

    again = decisions.decide(
        [comment.pk, 10**9], Status.APPROVED, by=nurse, now=NOW + timedelta(hours=1)
    )

    assert again == []
    comment.refresh_from_db()
    assert comment.decided_at == NOW


def test_undo_gives_back_what_nobody_changed_since(
    make: Make, article: ArticlePage, nurse: AbstractUser
) -> None:
    first, second, third = make(), make(status=Status.SPAM), make()
    pks = [first.pk, second.pk, third.pk]
    changed = decisions.decide(pks, Status.APPROVED, by=nurse, now=NOW)
    decisions.decide([third.pk], Status.REJECTED, by=nurse, now=NOW)

    done = decisions.undo(changed, Status.APPROVED, by=nurse, now=NOW)

    assert done == 2
    statuses = dict(Comment.objects.values_list("pk", "status"))
    assert statuses == {first.pk: "awaiting", second.pk: "spam", third.pk: "rejected"}
    assert number(article) == 0
    first.refresh_from_db()
    assert first.decided_at is None


def test_redaction_is_for_good(make: Make, nurse: AbstractUser) -> None:
    comment = make(text="Call 07700 900123 or 07700 900123", approved=True)

    assert decisions.redact(comment.pk, ["07700 900123"], by=nurse)
    assert not decisions.redact(comment.pk, ["07700 900123"], by=nurse)

    comment.refresh_from_db()
    mark = privacy_rules.REMOVED
    assert comment.text == f"Call {mark} or {mark}"
    logged = [str(entry.__dict__) for entry in ModelLogEntry.objects.all()]
    assert not [entry for entry in logged if "900123" in entry]


def test_an_answer_appears_with_what_it_answers(
    client: Client, make: Make, article: ArticlePage, nurse: AbstractUser
) -> None:
    asked = make()

    answer = decisions.answer(
        asked.pk, "About two days.", name="Nurse Okafor", by=nurse, now=NOW
    )

    assert answer.parent == asked
    assert number(article) == 2
    page = client.get(article.url).content.decode()
    assert page.index(asked.text) < page.index("Nurse Okafor") < page.index("About two")
    assert '<span class="comment__badge">Clinic</span>' in page


def test_an_answer_to_an_answer_stands_beside_it(
    make: Make, nurse: AbstractUser
) -> None:
    parent = make(approved=True)
    reply = make(parent=parent)

    answer = decisions.answer(reply.pk, "Yes.", name="Nurse", by=nurse, now=NOW)

    assert answer.parent == parent
    reply.refresh_from_db()
    assert reply.status == Status.APPROVED


def test_deleting_takes_the_answers_along_and_the_count_follows(
    make: Make, article: ArticlePage, nurse: AbstractUser
) -> None:
    parent, kept = make(approved=True), make(approved=True)
    make(parent=parent, approved=True)

    assert decisions.delete([parent.pk, 10**9], by=nurse) == 1

    assert list(Comment.objects.all()) == [kept]
    assert number(article) == 1


def test_each_step_is_in_the_history_without_names_or_texts(
    make: Make, nurse: AbstractUser
) -> None:
    comment = make(name="Maria Private", text="Private words 07700 900123")
    for status in (Status.REJECTED, Status.SPAM, Status.APPROVED, Status.AWAITING):
        decisions.decide([comment.pk], status, by=nurse, now=NOW)
    decisions.redact(comment.pk, ["07700 900123"], by=nurse)
    decisions.answer(comment.pk, "An answer.", name="Nurse", by=nurse, now=NOW)
    decisions.delete([comment.pk], by=nurse)

    entries = ModelLogEntry.objects.order_by("pk")
    assert [entry.action.removeprefix("comments.") for entry in entries] == [
        "reject",
        "spam",
        "approve",
        "reopen",
        "redact",
        "approve",
        "answer",
        "delete",
    ]
    assert {entry.user for entry in entries} == {nurse}
    assert not [entry for entry in entries if "rivate" in str(entry.__dict__)]


def test_deleting_a_member_of_staff_leaves_the_clinics_answers(
    make: Make, nurse: AbstractUser, article: ArticlePage, client: Client
) -> None:
    decisions.answer(make().pk, "Two days.", name="Nurse", by=nurse, now=NOW)

    nurse.delete()

    answer = Comment.objects.get(is_from_clinic=True)
    assert (answer.answered_by, answer.decided_by) == (None, None)
    assert "comment__badge" in client.get(article.url).content.decode()


def test_deleting_an_article_deletes_its_comments_alone(
    make: Make, article: ArticlePage, index: ArticleIndexPage
) -> None:
    make(parent=make(approved=True))
    other = make(article=ArticlePageFactory(parent=index))

    ArticlePage.objects.get(pk=article.pk).delete()

    assert list(Comment.objects.all()) == [other]


def test_a_copy_of_an_article_begins_without_comments(
    make: Make, article: ArticlePage
) -> None:
    make(approved=True)

    copy = article.copy(update_attrs={"slug": "copy"})

    assert number(copy) == 0
    assert not Comment.objects.filter(article=copy).exists()
    assert number(article) == 1


def test_publishing_an_old_revision_keeps_the_count(
    make: Make, article: ArticlePage
) -> None:
    revision = article.save_revision()
    make(approved=True)

    revision.publish()

    assert number(article) == 1


@pytest.mark.parametrize(
    "values",
    [
        {"status": "seen"},
        {"status": "approved", "decided_at": None},
        {"status": "awaiting", "decided_at": NOW},
        {"name": ""},
        {"text": ""},
        {"is_from_clinic": True},
        {"email": "", "wants_mail": True},
    ],
)
def test_the_database_refuses_what_makes_no_sense(
    article: ArticlePage, values: dict[str, object]
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        CommentFactory(**{"article": article} | values)


def test_no_comment_answers_itself(make: Make) -> None:
    comment = make()
    with pytest.raises(IntegrityError), transaction.atomic():
        Comment.objects.filter(pk=comment.pk).update(parent=comment.pk)

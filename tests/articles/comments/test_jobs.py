"""What is forgotten of writers, and what a dump of the database then shows."""

from collections.abc import Callable
from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import AbstractUser
from django.core.management import call_command
from pytest_django import Settings

from articles.comments import decisions, jobs
from articles.comments.models import Comment
from articles.figures import ArticleFigures
from articles.pages.article import ArticlePage
from clinic_site.mail.models import OutgoingMail
from tests.articles.comments.conftest import NOW, Make

Status = Comment.Status
HASH = bytes(range(16))


def dump() -> str:
    output = StringIO()
    call_command("dumpdata", "articles.comment", stdout=output)
    return output.getvalue()


def test_who_wrote_is_erased_after_the_set_days(make: Make, settings: Settings) -> None:
    settings.KEEP_COMMENT_ADDRESSES_DAYS = 90
    written = {"sender_hash": HASH, "wants_mail": True}
    old = make(written_at=NOW - timedelta(days=91), email="old@mail.example", **written)
    young = make(
        written_at=NOW - timedelta(days=89), email="new@mail.example", **written
    )
    assert "old@mail.example" in dump()

    jobs.erase_commenters(NOW)

    dumped = dump()
    assert "old@mail.example" not in dumped
    assert "new@mail.example" in dumped
    old.refresh_from_db()
    young.refresh_from_db()
    assert (old.sender_hash, old.wants_mail) == (None, False)
    assert (bytes(young.sender_hash), young.wants_mail) == (HASH, True)
    assert old.text in dumped


@pytest.mark.parametrize("status", [Status.SPAM, Status.REJECTED])
def test_what_was_refused_is_deleted_after_the_set_days(
    make: Make, settings: Settings, status: Status
) -> None:
    settings.KEEP_REFUSED_COMMENTS_DAYS = 30
    old, young = NOW - timedelta(days=31), NOW - timedelta(days=29)
    make(status=status, decided_at=old, written_at=old)
    kept = [
        make(status=status, decided_at=young, written_at=old),
        make(written_at=old),
        make(approved=True, written_at=old),
    ]

    jobs.erase_commenters(NOW)

    assert list(Comment.objects.order_by("pk")) == kept


def test_spam_that_nobody_looked_at_goes_as_well(make: Make) -> None:
    make(status=Status.SPAM, written_at=NOW - timedelta(days=31))

    jobs.erase_commenters(NOW)

    assert not Comment.objects.exists()


def test_forgetting_leaves_the_numbers_right(make: Make, article: ArticlePage) -> None:
    parent = make(
        status=Status.REJECTED,
        decided_at=NOW - timedelta(days=99),
        written_at=NOW - timedelta(days=99),
    )
    make(parent=parent, approved=True)
    make(approved=True)

    jobs.erase_commenters(NOW)

    assert Comment.objects.count() == 1
    assert ArticleFigures.objects.get(article=article).approved_comments == 1


def everything() -> str:
    output = StringIO()
    call_command("dumpdata", stdout=output)
    return output.getvalue()


@pytest.mark.parametrize("status", ["waiting", "failed", "unknown"])
@pytest.mark.parametrize("way", ["job", "delete", "parent", "article"])
def test_no_mail_keeps_an_address_that_is_erased(
    make: Make, staff: Callable[[str], AbstractUser], way: str, status: str
) -> None:
    nurse, parent = staff("Reception"), make(approved=True)
    asked = make(
        parent=parent,
        wants_mail=True,
        email="secret@mail.example",
        written_at=NOW - timedelta(days=999),
    )
    kept = make(wants_mail=True, email="kept@mail.example")
    decisions.decide([asked.pk, kept.pk], Status.APPROVED, by=nurse, now=NOW)
    decisions.answer(asked.pk, "Yes.", name="N", by=nurse, now=NOW)
    OutgoingMail.objects.update(status=status)
    assert everything().count("secret@mail.example") == 3

    if way == "job":
        jobs.erase_commenters(NOW)
    elif way == "article":
        asked.article.delete()
    else:
        pk = parent.pk if way == "parent" else asked.pk
        decisions.delete([pk], by=nurse)

    left = everything()
    assert "secret@mail.example" not in left
    assert ("kept@mail.example" in left) == (way != "article")

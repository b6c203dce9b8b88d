"""What the clinic does with comments: each in one transaction with all that follows from it.

Whoever changes an article's comments first locks its figures. So two people who decide at
once do it one after the other, the number of comments is always that of those shown, and
nothing is written below an article that is being deleted.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import models, transaction
from wagtail.log_actions import log

from articles.comments import emails, privacy_rules
from articles.comments.models import Comment
from articles.figures import ArticleFigures
from clinic_site import content_version

Status = Comment.Status


class GoneError(Exception):
    """The comment or its article was deleted meanwhile."""


def lock(article_pks: Collection[int]) -> set[int]:
    """Hold the comments of articles until the transaction ends; return those there are.

    In the order of their keys, so that two who hold several never wait for each other.
    """
    figures = ArticleFigures.objects.filter(article__in=article_pks)
    locked = figures.select_for_update().order_by("article_id")
    return set(locked.values_list("article_id", flat=True))


def decide(
    pks: Collection[int],
    status: Status,
    *,
    by: AbstractBaseUser | None,
    now: datetime,
) -> list[tuple[int, str]]:
    """Give comments a status. Returns key and former status of those that changed.

    Comments that were deleted meanwhile are left out, those that have the status already
    stay as they were.
    """
    changed: list[tuple[int, str]] = []
    with transaction.atomic():
        comments = _held(pks)
        for comment in comments:
            if comment.status == status:
                continue
            changed.append((comment.pk, comment.status))
            _set_status(comment, status, by=by, now=now)
            if status == Status.APPROVED:
                emails.queue_approval(comment, now)
        _recount(comments, status, *(before for _pk, before in changed))
    return changed


def undo(
    changes: Iterable[tuple[int, str, str]], *, by: AbstractBaseUser, now: datetime
) -> int:
    """Take decisions back: comments that still have the last status get the former one.

    Each change is key, former and last status. Returns how many were changed.
    """
    wanted = {pk: (before, after) for pk, before, after in changes}
    done = 0
    with transaction.atomic():
        comments = _held(list(wanted))
        for comment in comments:
            before, after = wanted[comment.pk]
            if comment.status == after:
                _set_status(comment, Status(before), by=by, now=now)
                done += 1
        _recount(comments, *(status for pair in wanted.values() for status in pair))
    return done


def redact(pk: int, parts: list[str], *, by: AbstractBaseUser) -> bool:
    """Replace parts of a comment for good; tell whether anything was there to replace.

    Raises GoneError.
    """
    with transaction.atomic():
        comment = _one(pk)
        text = privacy_rules.redact(comment.text, parts)
        if text == comment.text:
            return False
        comment.text = text
        comment.save(update_fields=["text"])
        log(comment, "comments.redact", user=by)
        if comment.is_shown:
            content_version.move()
    return True


def answer(
    pk: int, text: str, *, name: str, by: AbstractBaseUser, now: datetime
) -> Comment:
    """Answer a comment for the clinic, and approve it if it was not yet.

    An answer to an answer stands below what that one answers. Raises GoneError.
    """
    with transaction.atomic():
        asked = _one(pk)
        for unseen in filter(None, [asked.parent, asked]):
            if unseen.status != Status.APPROVED:
                _set_status(unseen, Status.APPROVED, by=by, now=now)
        comment = Comment.objects.create(
            article_id=asked.article_id,
            parent_id=asked.parent_id or asked.pk,
            name=name,
            text=text,
            status=Status.APPROVED,
            written_at=now,
            decided_at=now,
            decided_by=by,
            is_from_clinic=True,
            answered_by=by,
        )
        log(comment, "comments.answer", user=by, data={"comment": asked.pk})
        emails.queue_answer(comment, to=asked, now=now)
        _recount([comment], Status.APPROVED)
    return comment


def delete(pks: Collection[int], *, by: AbstractBaseUser | None) -> int:
    """Delete comments for good, with the answers to them; return how many were named."""
    with transaction.atomic():
        comments = _held(pks)
        for comment in comments:
            log(comment, "comments.delete", user=by)
        statuses = [comment.status for comment in comments]
        Comment.objects.filter(pk__in=[comment.pk for comment in comments]).delete()
        _recount(comments, *statuses)
    return len(comments)


def clear_article(instance: models.Model, **kwargs: Any) -> None:
    """Delete the comments of an article that is about to be deleted.

    Whoever is just writing or deciding comes before or after: never between what Django
    has gathered to delete and the deletion.
    """
    lock([instance.pk])
    Comment.objects.filter(article=instance.pk).delete()


def _held(pks: Collection[int]) -> list[Comment]:
    """Return comments, as they are once their articles are locked."""
    articles = Comment.objects.filter(pk__in=pks).values_list("article_id", flat=True)
    lock(set(articles))
    comments = Comment.objects.filter(pk__in=pks).select_related("parent", "article")
    return list(comments.order_by("pk"))


def _one(pk: int) -> Comment:
    found = _held([pk])
    if not found:
        raise GoneError(pk)
    return found[0]


def _set_status(
    comment: Comment, status: Status, *, by: AbstractBaseUser | None, now: datetime
) -> None:
    before = comment.status
    comment.status = status
    comment.decided_at = None if status == Status.AWAITING else now
    comment.decided_by = None if status == Status.AWAITING else by  # type: ignore[assignment]
    comment.save(update_fields=["status", "decided_at", "decided_by"])
    log(
        comment,
        f"comments.{ACTIONS[status]}",
        user=by,
        data={"before": before, "after": str(status)},
    )


def _recount(comments: Iterable[Comment], *statuses: str) -> None:
    """Bring the figures of these comments' articles, which are locked, in line.

    `statuses` are those that the comments had or got: if none is “approved”, readers see
    no change.
    """
    if Status.APPROVED not in statuses:
        return
    for article in sorted({comment.article_id for comment in comments}):
        recount(article)
    content_version.move()


def recount(article_pk: int) -> None:
    """Store how many comments are shown below an article that is locked."""
    shown = Comment.objects.filter(article=article_pk).shown().count()
    ArticleFigures.objects.filter(article=article_pk).update(approved_comments=shown)


ACTIONS = {
    Status.AWAITING: "reopen",
    Status.APPROVED: "approve",
    Status.REJECTED: "reject",
    Status.SPAM: "spam",
}

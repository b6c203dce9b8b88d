"""What the clinic does with comments: each in one transaction with all that follows from it.

Whoever changes an article's comments first locks its figures. So two people who decide at
once do it one after the other, the number of comments is always that of those shown, and
nothing is written below an article that is being deleted.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser, AbstractUser
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from wagtail.log_actions import log

from articles.comments import emails, privacy_rules
from articles.comments.models import LONGEST_NAME, Comment
from articles.figures import ArticleFigures
from clinic_site import content_version

Status = Comment.Status
# Pressing the button twice makes one answer.
SAME_ANSWER = timedelta(minutes=10)


class GoneError(Exception):
    """The comment or its article was deleted meanwhile."""


class DecidedError(Exception):
    """Somebody has decided otherwise about a comment since it was looked at."""

    def __init__(self, comment: Comment) -> None:
        super().__init__(str(comment))
        self.comment = comment


class ChangedError(Exception):
    """The words of a comment are no longer those that were looked at."""


class RefusedParentError(Exception):
    """What a comment answers was rejected: nothing below it can appear."""


class Change(NamedTuple):
    """What a decision changed: a comment's key, and its status and decision before."""

    pk: int
    before: str
    decided_by: int | None
    decided_at: datetime | None


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
    seen: str | None = None,
) -> list[Change]:
    """Give comments a status. Returns what changed.

    Comments that were deleted meanwhile are left out, those that have the status already
    stay as they were. Raises DecidedError, and changes nothing, if one has neither that
    status nor the one in which it was `seen`.
    """
    with transaction.atomic():
        comments = _held(pks)
        for comment in comments:
            if seen is not None and comment.status not in {seen, status}:
                raise DecidedError(comment)
        return _decide(comments, status, by=by, now=now)


def decide_seen(
    seen: Mapping[int, str],
    status: Status,
    *,
    by: AbstractBaseUser,
    now: datetime,
) -> tuple[list[Change], int]:
    """Give comments a status that still have the one in which each was `seen`, by its key.

    Returns what changed, and about how many somebody else has decided otherwise meanwhile.
    """
    with transaction.atomic():
        comments = _held(seen)
        mine = [
            comment
            for comment in comments
            if comment.status in {seen[comment.pk], status}
        ]
        return _decide(mine, status, by=by, now=now), len(comments) - len(mine)


def undo(
    changes: Iterable[Change],
    status: Status,
    *,
    by: AbstractBaseUser,
    now: datetime,
) -> int:
    """Take decisions back: comments that still have the status get the former decision.

    Returns how many were changed.
    """
    wanted = {change.pk: change for change in changes}
    deciders = {change.decided_by for change in wanted.values()}
    users = get_user_model().objects.in_bulk(deciders - {None})
    done = 0
    with transaction.atomic():
        comments = _held(list(wanted))
        for comment in comments:
            change = wanted[comment.pk]
            if comment.status != status:
                continue
            _set_status(comment, Status(change.before), by=by, now=now)
            # Whoever had decided before has decided again.
            comment.decided_by = users.get(change.decided_by)
            comment.decided_at = change.decided_at
            comment.save(update_fields=["decided_by", "decided_at"])
            _tell_of_approval(comment, now)
            done += 1
        _recount(comments, status, *(change.before for change in wanted.values()))
    return done


def redact(
    pk: int, parts: list[str], *, by: AbstractBaseUser, seen: str | None = None
) -> bool:
    """Replace parts of a comment and its writer's name for good; tell whether any was there.

    Raises GoneError; ChangedError if what was `seen`, by its fingerprint, reads otherwise.
    """
    with transaction.atomic():
        comment = _one(pk)
        if seen is not None and seen != fingerprint(comment):
            raise ChangedError
        text = privacy_rules.redact(comment.text, parts)
        name = privacy_rules.redact(comment.name, parts)[:LONGEST_NAME]
        if (name, text) == (comment.name, comment.text):
            return False
        comment.name, comment.text = name, text
        comment.save(update_fields=["name", "text"])
        log(comment, "comments.redact", user=by)
        if comment.is_shown:
            content_version.move()
    return True


def answer(
    pk: int,
    text: str,
    *,
    name: str,
    by: AbstractUser,
    now: datetime,
    seen: str | None = None,
) -> Comment:
    """Answer a comment for the clinic, and approve it if it was not yet.

    An answer to an answer stands below what that one answers. The same answer of the same
    person within minutes is one. Raises GoneError; DecidedError if the comment neither is
    approved nor has the status in which it was `seen`; RefusedParentError; PermissionDenied
    if something would have to be approved and `by` may only answer.
    """
    with transaction.atomic():
        asked = _one(pk)
        if seen is not None and asked.status not in {seen, Status.APPROVED}:
            raise DecidedError(asked)
        if asked.parent and asked.parent.status in {Status.REJECTED, Status.SPAM}:
            raise RefusedParentError
        parent_id = asked.parent_id or asked.pk
        same = Comment.objects.filter(
            parent=parent_id,
            text=text,
            answered_by=by,
            written_at__gt=now - SAME_ANSWER,
        ).first()
        if same is not None:
            return same
        unseen = [
            comment
            for comment in filter(None, [asked.parent, asked])
            if comment.status != Status.APPROVED
        ]
        if unseen and not by.has_perm("articles.change_comment"):
            raise PermissionDenied
        for comment in unseen:
            _set_status(comment, Status.APPROVED, by=by, now=now)
            # Who asked is told of the answer, which says as much.
            _tell_of_approval(comment, now, but=asked)
        comment = Comment.objects.create(
            article_id=asked.article_id,
            parent_id=parent_id,
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


def delete(
    pks: Collection[int], *, by: AbstractBaseUser | None, seen: str | None = None
) -> int:
    """Delete comments for good, with the answers to them.

    Returns how many of those named there were. Raises DecidedError, and deletes nothing, if
    one has no longer the status in which it was `seen`.
    """
    with transaction.atomic():
        comments = _held(pks)
        for comment in comments:
            if seen is not None and comment.status != seen:
                raise DecidedError(comment)
        _delete(comments, by=by)
    return len(comments)


def delete_seen(seen: Mapping[int, str], *, by: AbstractBaseUser) -> tuple[int, int]:
    """Delete comments that still have the status in which each was `seen`, by its key.

    Returns how many those were, and about how many somebody else has decided meanwhile.
    """
    with transaction.atomic():
        comments = _held(seen)
        mine = [comment for comment in comments if comment.status == seen[comment.pk]]
        _delete(mine, by=by)
    return len(mine), len(comments) - len(mine)


def clear_article(instance: models.Model, **kwargs: Any) -> None:
    """Delete the comments of an article that is about to be deleted.

    Whoever is just writing or deciding comes before or after: never between what Django
    has gathered to delete and the deletion.
    """
    lock([instance.pk])
    erase(Comment.objects.filter(article=instance.pk))


def erase(comments: models.QuerySet[Comment]) -> None:
    """Delete comments of locked articles, the answers to them, and where mail would go."""
    pks = comments.order_by().values("pk")
    gone = Comment.objects.filter(models.Q(pk__in=pks) | models.Q(parent__in=pks))
    emails.forget_writers(list(gone.values_list("pk", flat=True)))
    comments.delete()


def fingerprint(comment: Comment) -> str:
    """Return what tells whether a comment's words are still those that somebody saw."""
    return privacy_rules.fingerprint(comment.name, comment.text)


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


def _decide(
    comments: Iterable[Comment],
    status: Status,
    *,
    by: AbstractBaseUser | None,
    now: datetime,
) -> list[Change]:
    """Give held comments a status; those that have it already stay as they were."""
    others = [comment for comment in comments if comment.status != status]
    changed = []
    for comment in others:
        former = comment.decided_by_id, comment.decided_at
        changed.append(Change(comment.pk, comment.status, *former))
        _set_status(comment, status, by=by, now=now)
        _tell_of_approval(comment, now)
    if changed:
        _recount(others, status, *(change.before for change in changed))
    return changed


def _delete(comments: Collection[Comment], *, by: AbstractBaseUser | None) -> None:
    for comment in comments:
        log(comment, "comments.delete", user=by)
    statuses = [comment.status for comment in comments]
    erase(Comment.objects.filter(pk__in=[comment.pk for comment in comments]))
    _recount(comments, *statuses)


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


def _tell_of_approval(
    comment: Comment, now: datetime, but: Comment | None = None
) -> None:
    """Have those told whose comments appear with this one, if it is approved."""
    if comment.status != Status.APPROVED:
        return
    below = Comment.objects.filter(parent=comment, status=Status.APPROVED)
    for shown in [comment, *below.filter(wants_mail=True)]:
        if shown != but:
            emails.queue_approval(shown, now)


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

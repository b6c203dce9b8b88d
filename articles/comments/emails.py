"""Mails about comments: to staff that some wait, to writers what became of theirs.

Each is built when it is sent, from what is true then: nothing is said of a comment that has
been decided or taken back meanwhile.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.core import signing
from django.urls import reverse

from articles.comments import privacy_rules, threads
from articles.comments.models import Comment
from clinic_site.addresses import absolute_url
from clinic_site.mail.messages import Message, render
from clinic_site.mail.queue import queue

# Within an hour so many are told of one by one, the others together.
MOST_SINGLE_MAILS = 5
HOUR = timedelta(hours=1)
QUIET = "articles.comments.quiet"
# Of many that wait, a mail shows the oldest.
SHOWN_OF_MANY = 20


def moderators() -> list[AbstractBaseUser]:
    """Return the staff who decide about comments and have an email address."""
    users = get_user_model().objects.with_perm(
        "articles.change_comment",
        include_superusers=False,
        backend="django.contrib.auth.backends.ModelBackend",
    )
    return list(users.filter(is_active=True).exclude(email="").order_by("pk"))


def announce(comment: Comment, now: datetime) -> None:
    """Have staff told of a new comment, unless too many came within the hour."""
    recent = Comment.objects.filter(announced_at__gt=now - HOUR)
    if recent.count() >= MOST_SINGLE_MAILS:
        return
    for user in moderators():
        queue(
            "comment_waiting",
            key=f"comment-waiting:{comment.pk}:{user.pk}",
            reference=str(comment.pk),
            recipient=user.email,
            now=now,
        )
    _mark_announced([comment.pk], now)


def announce_many(now: datetime) -> None:
    """Have staff told together of comments of which they were not told one by one.

    At most once an hour: what waits is then not older than an hour and a few minutes.
    """
    untold = Comment.objects.awaiting().filter(announced_at=None)
    oldest = untold.order_by("written_at").first()
    if oldest is None or oldest.written_at > now - HOUR:
        return
    for user in moderators():
        queue(
            "comments_waiting",
            key=f"comments-waiting:{now:%Y%m%d%H%M%S}:{user.pk}",
            recipient=user.email,
            now=now,
        )
    _mark_announced(list(untold.values_list("pk", flat=True)), now)


def queue_approval(comment: Comment, now: datetime) -> None:
    """Have the writer told that the comment has appeared, once and if that was wanted."""
    if comment.wants_mail:
        queue(
            "comment_approved",
            key=f"comment-approved:{comment.pk}",
            reference=str(comment.pk),
            recipient=comment.email,
            now=now,
        )


def queue_answer(answer: Comment, *, to: Comment, now: datetime) -> None:
    """Have the writer of a comment told of the clinic's answer, if that was wanted."""
    if to.wants_mail:
        queue(
            "comment_answered",
            key=f"comment-answered:{answer.pk}",
            reference=f"{answer.pk}:{to.pk}",
            recipient=to.email,
            now=now,
        )


def waiting(reference: str, recipient: str) -> Message | None:
    """Build the mail to staff about one new comment."""
    comments = Comment.objects.awaiting().select_related("article", "parent")
    comment = comments.filter(pk=reference).first()
    if comment is None:
        return None
    return render(
        "articles/emails/comment_waiting",
        {
            "comment": comment,
            "kinds": privacy_rules.kinds(comment.text),
            "others": Comment.objects.awaiting().count() - 1,
            "comment_url": _admin_url("comments:edit", comment.pk),
            "list_url": f"{_admin_url('comments:index')}?status=awaiting",
            "article_url": absolute_url(str(comment.article.get_url() or "/")),
        },
    )


def many_waiting(reference: str, recipient: str) -> Message | None:
    """Build the mail to staff about all that waits."""
    comments = Comment.objects.awaiting().select_related("article")
    total = comments.count()
    if not total:
        return None
    shown = comments.order_by("written_at")[:SHOWN_OF_MANY]
    return render(
        "articles/emails/comments_waiting",
        {
            "comments": [
                (comment, _admin_url("comments:edit", comment.pk)) for comment in shown
            ],
            "total": total,
            "unlisted": max(0, total - SHOWN_OF_MANY),
            "list_url": f"{_admin_url('comments:index')}?status=awaiting",
        },
    )


def approved(reference: str, recipient: str) -> Message | None:
    """Build the mail to a writer whose comment has appeared."""
    comment = _still_wanted(reference)
    if comment is None or not comment.is_shown:
        return None
    return render(
        "articles/emails/comment_approved",
        {
            "comment": comment,
            "comment_url": threads.address_of(comment),
            "quiet_url": quiet_url(comment),
        },
    )


def answered(reference: str, recipient: str) -> Message | None:
    """Build the mail to a writer whom the clinic has answered."""
    answer_pk, _colon, comment_pk = reference.partition(":")
    comment = _still_wanted(comment_pk)
    answers = Comment.objects.select_related("article", "parent")
    answer = answers.filter(pk=answer_pk).first()
    if comment is None or answer is None or not answer.is_shown:
        return None
    return render(
        "articles/emails/comment_answered",
        {
            "comment": comment,
            "answer": answer,
            "answer_url": threads.address_of(answer),
            "quiet_url": quiet_url(comment),
        },
    )


def quiet_url(comment: Comment) -> str:
    """Return the address at which a writer asks for no more mails. It stays good."""
    token = _signer().sign(str(comment.pk))
    return absolute_url(reverse("article_comments_quiet", args=[token]))


def commenter(token: str) -> Comment:
    """Return the comment of a mail's link. Raises BadSignature, Comment.DoesNotExist."""
    return Comment.objects.get(pk=_signer().unsign(token))


def _still_wanted(pk: str) -> Comment | None:
    comments = Comment.objects.filter(pk=pk, wants_mail=True)
    return comments.select_related("article", "parent").first()


def _mark_announced(pks: Iterable[int], now: datetime) -> None:
    Comment.objects.filter(pk__in=pks).update(announced_at=now)


def _admin_url(name: str, *arguments: object) -> str:
    return absolute_url(reverse(name, args=arguments))


def _signer() -> signing.Signer:
    # The key that is never changed: links in old mails stay good.
    return signing.Signer(key=settings.PRIVACY_KEY, salt=QUIET)

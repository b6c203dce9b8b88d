"""Mails about comments: to staff that some wait, to writers what became of theirs.

Each is built when it is sent, from what is true then: nothing is said of a comment that has
been decided or taken back meanwhile.
"""

import hmac
import logging
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.core import signing
from django.db.models import Q
from django.urls import reverse

from articles.comments import privacy_rules, threads
from articles.comments.models import Comment
from clinic_site.addresses import absolute_url
from clinic_site.mail.messages import Message, render
from clinic_site.mail.models import OutgoingMail
from clinic_site.mail.queue import erase_recipients, queue

logger = logging.getLogger(__name__)

# Within an hour so many are told of one by one, the others together.
MOST_SINGLE_MAILS = 5
HOUR = timedelta(hours=1)
QUIET = "articles.comments.quiet"
TO_WRITERS = ["comment_approved", "comment_answered"]
# Of many that wait, a mail shows the oldest.
SHOWN_OF_MANY = 20


def moderators() -> list[AbstractBaseUser]:
    """Return the staff who decide about comments and have an email address.

    Those who may do everything are told only where nobody else would be.
    """
    users = get_user_model().objects
    named = users.with_perm(
        "articles.change_comment",
        include_superusers=False,
        backend="django.contrib.auth.backends.ModelBackend",
    )
    for group in (named, users.filter(is_superuser=True)):
        reached = group.filter(is_active=True).exclude(email="").order_by("pk")
        if reached:
            return list(reached)
    return []


def announce(comment: Comment, now: datetime) -> None:
    """Have staff told of a new comment, unless too many came within the hour."""
    recent = Comment.objects.filter(announced_at__gt=now - HOUR)
    if recent.count() >= MOST_SINGLE_MAILS:
        return
    for user in moderators():
        _queue(
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
        _queue(
            "comments_waiting",
            key=f"comments-waiting:{now:%Y%m%d%H%M%S}:{user.pk}",
            recipient=user.email,
            now=now,
        )
    _mark_announced(list(untold.values_list("pk", flat=True)), now)


def queue_approval(comment: Comment, now: datetime) -> None:
    """Have the writer told that the comment has appeared, once and if that was wanted."""
    if comment.wants_mail:
        _queue(
            "comment_approved",
            key=f"comment-approved:{comment.pk}",
            reference=str(comment.pk),
            recipient=comment.email,
            now=now,
        )


def queue_answer(answer: Comment, *, to: Comment, now: datetime) -> None:
    """Have the writer of a comment told of the clinic's answer, if that was wanted."""
    if to.wants_mail:
        _queue(
            "comment_answered",
            key=f"comment-answered:{answer.pk}",
            reference=f"{answer.pk}:{to.pk}",
            recipient=to.email,
            now=now,
        )


def forget_writers(pks: Collection[int]) -> None:
    """Erase the addresses of the writers of comments from mails that still have them."""
    kept = OutgoingMail.objects.filter(kind__in=TO_WRITERS).exclude(recipient="")
    about = set(map(str, pks))
    erase_recipients(
        [
            pk
            for pk, reference in kept.values_list("pk", "reference")
            if reference.rpartition(":")[2] in about
        ]
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
            "kinds": privacy_rules.kinds(comment.name, comment.text),
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
    return _to_writer(
        "articles/emails/comment_approved",
        comment,
        {"comment_url": threads.address_of(comment)},
    )


def answered(reference: str, recipient: str) -> Message | None:
    """Build the mail to a writer whom the clinic has answered."""
    answer_pk, _colon, comment_pk = reference.partition(":")
    comment = _still_wanted(comment_pk)
    answers = Comment.objects.select_related("article", "parent")
    answer = answers.filter(pk=answer_pk).first()
    if comment is None or answer is None or not answer.is_shown:
        return None
    return _to_writer(
        "articles/emails/comment_answered",
        comment,
        {"answer": answer, "answer_url": threads.address_of(answer)},
    )


def quiet_url(comment: Comment) -> str:
    """Return the address at which a writer asks for no more mails.

    It stays good, also when the comment is gone: it names the writer by a keyed hash.
    """
    token = _signer().sign(f"{comment.pk}.{_writer_hash(comment.email)}")
    return absolute_url(reverse("article_comments_quiet", args=[token]))


def opened(token: str) -> tuple[int, str]:
    """Return what a mail's link names: a comment's key, a writer. Raises BadSignature."""
    pk, _dot, writer = _signer().unsign(token).partition(".")
    return int(pk), writer


def silence(pk: int, writer: str) -> None:
    """Send no more mails about a comment, nor about any of the same writer's."""
    wanted = Comment.objects.filter(wants_mail=True)
    emails = wanted.order_by().values_list("email", flat=True).distinct()
    mine = [
        email for email in emails if hmac.compare_digest(_writer_hash(email), writer)
    ]
    wanted.filter(Q(pk=pk) | Q(email__in=mine)).update(wants_mail=False)


def _writer_hash(email: str) -> str:
    key = settings.PRIVACY_KEY.encode()
    return hmac.digest(key, f"{QUIET}:{email.lower()}".encode(), "sha256").hex()[:32]


def _to_writer(template: str, comment: Comment, context: dict[str, object]) -> Message:
    quiet = quiet_url(comment)
    return render(
        template,
        {"comment": comment, "quiet_url": quiet, **context},
        # Mail programs show a button of their own for it (RFC 8058).
        headers={
            "List-Unsubscribe": f"<{quiet}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )


def _queue(
    name: str, *, key: str, recipient: str, now: datetime, reference: str = ""
) -> None:
    """Queue a mail. One address that is none keeps nobody from commenting or deciding."""
    try:
        queue(name, key=key, recipient=recipient, now=now, reference=reference)
    except ValueError:
        logger.warning("The mail %s has no address that it could go to", key)


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

"""What comes round: mail about many waiting comments, and forgetting who wrote."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from articles.comments import decisions, emails
from articles.comments.models import Comment

Status = Comment.Status


def announce_comments(now: datetime) -> None:
    """Tell staff of the comments that came in too great a number to tell of each."""
    emails.announce_many(now)


def erase_commenters(now: datetime) -> None:
    """Erase addresses whose time is over, and delete what was refused long ago."""
    oldest = now - timedelta(days=settings.KEEP_COMMENT_ADDRESSES_DAYS)
    known = Comment.objects.filter(~Q(email="") | Q(sender_hash__isnull=False))
    with transaction.atomic():
        over = list(known.filter(written_at__lt=oldest).values_list("pk", flat=True))
        emails.forget_writers(over)
        known.filter(written_at__lt=oldest).update(
            email="", sender_hash=None, wants_mail=False
        )
    refused = now - timedelta(days=settings.KEEP_REFUSED_COMMENTS_DAYS)
    old = Comment.objects.filter(
        Q(decided_at__lt=refused) | Q(decided_at=None, written_at__lt=refused),
        status__in=[Status.SPAM, Status.REJECTED],
    )
    with transaction.atomic():
        # Whoever decides about one at this moment comes before, or finds it gone.
        decisions.lock(set(old.values_list("article_id", flat=True)))
        # Answers below them are not shown either, so that no number changes.
        decisions.erase(old)

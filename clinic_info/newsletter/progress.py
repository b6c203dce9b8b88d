"""How issues get on by themselves: begin when it is time, stand still, come to their end."""

import logging
from datetime import datetime, timedelta

from clinic_info.newsletter import issue_states
from clinic_info.newsletter.durability import left_whole
from clinic_info.newsletter.issues import Issue
from clinic_info.newsletter.models import Delivery

logger = logging.getLogger(__name__)

# What has not been sent for so long may be of a restored backup.
STALE = timedelta(hours=2)


def start_due(now: datetime) -> int:
    """Begin to send what is scheduled for now; return how many issues."""
    begun = 0
    due = Issue.objects.filter(
        status=Issue.Status.SCHEDULED,
        scheduled_at__lte=now,
        scheduled_at__gt=now - STALE,
    )
    for pk in due.values_list("pk", flat=True):
        try:
            issue_states.start(pk, now)
        except ValueError as error:
            # It stays scheduled, and staff see that it is late, and why.
            Issue.objects.filter(pk=pk, status=Issue.Status.SCHEDULED).update(
                remark=str(error)[:200]
            )
            logger.error("Issue %s is due but cannot be sent", pk)
        else:
            begun += 1
    return begun


def keep_in_step(now: datetime) -> None:
    """Give up what is lost, pause what stood still, and end what is done."""
    give_up_lost(now)
    sending = Issue.objects.filter(status=Issue.Status.SENDING)
    sending.filter(active_at__lte=now - STALE).update(
        status=Issue.Status.PAUSED, remark=issue_states.restored_remark()
    )
    sending.update(active_at=now)
    sending.exclude(deliveries__in=Delivery.objects.unfinished()).update(
        status=Issue.Status.SENT, finished_at=now, held_until=None, remark=""
    )


def give_up_lost(now: datetime) -> int:
    """Mark mails as doubtful whose worker died while it had them; return how many."""
    lost = Delivery.objects.filter(
        status=Delivery.Status.SENDING, leased_until__lte=now
    )
    given_up = lost.update(
        status=Delivery.Status.UNKNOWN,
        outcome="worker died",
        owner="",
        leased_until=None,
    )
    # What is stored of these may be older than what was done with them.
    in_doubt = Delivery.objects.filter(
        status=Delivery.Status.WAITING, leased_until__lte=now
    ).exclude(left_whole())
    given_up += in_doubt.update(
        status=Delivery.Status.UNKNOWN,
        outcome="machine died",
        owner="",
        leased_until=None,
    )
    if given_up:
        logger.error("%s newsletters may or may not have been sent", given_up)
    return given_up

"""Sending the mails that wait: claim one, send it, mark it; at most once.

A mail whose worker died while it was claimed becomes UNKNOWN: it may have arrived, so a person
decides about it.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.crypto import get_random_string
from django_tasks import task

from clinic_site.mail.delivery import (
    MailServer,
    PermanentError,
    Stage,
    TemporaryError,
    UnknownOutcomeError,
    UnreachableError,
)
from clinic_site.mail.kinds import kind
from clinic_site.mail.messages import build
from clinic_site.mail.models import WITHDRAWN, OutgoingMail

logger = logging.getLogger(__name__)

Status = OutgoingMail.Status

# Between the five tries; together they are a day.
WAITS = [
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=3),
    timedelta(hours=20),
]
# Longer than a server that answers each command at the last moment can hold a mail up.
LEASE = timedelta(minutes=10)
# A server that was not reached is left alone so long, whoever asks.
PAUSE = timedelta(minutes=1)
# The worker has other things to do.
LONGEST_ROUND = timedelta(minutes=1)
KEEP_ADDRESSES = timedelta(days=30)
UNREACHABLE = "unreachable"


@task(backend="background")
def send_waiting() -> int:
    """Send the mails that wait; return how many went out."""
    return send_due(timezone.now())


def send_due(now: datetime, clock: Callable[[], datetime] = timezone.now) -> int:
    """Send the mails whose time has come, for a minute at most; return how many went out.

    It ends when the server cannot be reached: the others would fare alike. `clock` tells
    the time while it goes on.
    """
    give_up_lost(now)
    if _is_paused(now):
        return 0
    sent = 0
    owner = get_random_string(32)
    with MailServer() as server:
        while (moment := clock()) - now < LONGEST_ROUND:
            mail = _claim(owner, moment)
            if mail is None:
                break
            try:
                sent += _send(mail, server, clock)
            except UnreachableError:
                break
    return sent


def give_up_lost(now: datetime) -> int:
    """Mark mails as doubtful whose worker died while it had them; return how many."""
    lost = OutgoingMail.objects.filter(status=Status.SENDING, leased_until__lte=now)
    _forget_withdrawn(lost)
    given_up = lost.update(
        status=Status.UNKNOWN, outcome="worker died", owner="", leased_until=None
    )
    if given_up:
        logger.error("%s mails may or may not have been sent", given_up)
    return given_up


def forget_mails(now: datetime) -> None:
    """Erase addresses that nobody decided about, and delete mails of long ago."""
    OutgoingMail.objects.needing_a_person().filter(
        queued_at__lt=now - KEEP_ADDRESSES
    ).update(recipient="")
    OutgoingMail.objects.exclude(status__in=[Status.WAITING, Status.SENDING]).filter(
        queued_at__lt=now - timedelta(days=settings.KEEP_MAIL_DAYS)
    ).delete()


def _is_paused(now: datetime) -> bool:
    return OutgoingMail.objects.filter(
        status=Status.WAITING, outcome=UNREACHABLE, tried_at__gt=now - PAUSE
    ).exists()


def _claim(owner: str, now: datetime) -> OutgoingMail | None:
    """Take the mail that has waited longest; None if none is due."""
    due = OutgoingMail.objects.filter(status=Status.WAITING, next_try_at__lte=now)
    while mail := due.order_by("next_try_at", "pk").first():
        # Only if nobody else was quicker.
        same = due.filter(pk=mail.pk, attempts=mail.attempts, queued_at=mail.queued_at)
        claimed = same.update(
            status=Status.SENDING,
            attempts=mail.attempts + 1,
            tried_at=now,
            owner=owner,
            leased_until=now + LEASE,
        )
        if claimed:
            mail.attempts += 1
            mail.owner = owner
            return mail
    return None


def _send(
    mail: OutgoingMail, server: MailServer, clock: Callable[[], datetime]
) -> bool:
    """Send a claimed mail and mark what became of it; tell whether it went out.

    Raises UnreachableError, once the mail is marked, if there is no use in going on.
    """
    try:
        message = kind(mail.kind)(mail.reference, mail.recipient)
        # A key may be used once more; what it then names is not a copy of the first.
        name = f"{mail.key}:{mail.queued_at.isoformat()}"
        built = message and build(message, recipient=mail.recipient, name=name)
    except Exception as error:
        # Nothing was sent. Whatever is wrong with this mail, the others go out.
        logger.exception("Mail %s could not be built", mail.pk)
        _retry(mail, clock(), type(error).__name__)
        return False
    if built is None:
        _set_aside(mail, clock())
        return False
    try:
        server.deliver(built)
    except UnknownOutcomeError as error:
        logger.error("Mail %s may or may not have been sent: %s", mail.pk, error)
        _mark(mail, Status.UNKNOWN, str(error))
        return False
    except (PermanentError, ValueError) as error:
        reason = str(error) if isinstance(error, PermanentError) else "not an address"
        logger.warning("Mail %s failed: %s", mail.pk, reason)
        _mark(mail, Status.FAILED, reason)
        return False
    except UnreachableError as error:
        logger.warning("The mail server cannot be reached: %s", error)
        if error.stage in {Stage.CONNECTION, Stage.SENDER}:
            _put_back(mail, clock())
        else:
            # It was about this mail already: it may be what the server stumbles over.
            _retry(mail, clock(), UNREACHABLE)
        raise
    except TemporaryError as error:
        _retry(mail, clock(), str(error))
        return False
    _mark(mail, Status.SENT, "", recipient="")
    return True


def _set_aside(mail: OutgoingMail, now: datetime) -> None:
    """Mark a mail as not needed, unless it was queued once more while it was built.

    Then it may be needed after all: it waits to be built anew.
    """
    OutgoingMail.objects.filter(
        pk=mail.pk,
        owner=mail.owner,
        status=Status.SENDING,
        queued_at=mail.queued_at,
    ).update(
        status=Status.NOT_NEEDED,
        outcome="",
        recipient="",
        owner="",
        leased_until=None,
    )
    _mark(mail, Status.WAITING, "", attempts=0, next_try_at=now, tried_at=None)


def _retry(mail: OutgoingMail, now: datetime, reason: str) -> None:
    """Put a mail back for its next try, or give it up after the last."""
    if mail.attempts > len(WAITS):
        logger.warning("Mail %s failed: %s", mail.pk, reason)
        _mark(mail, Status.FAILED, reason)
        return
    wait = WAITS[mail.attempts - 1]
    _mark(mail, Status.WAITING, reason, next_try_at=now + wait, tried_at=now)


def _put_back(mail: OutgoingMail, now: datetime) -> None:
    """Have a mail wait until the server is there again, however long: this was no try."""
    _mark(
        mail,
        Status.WAITING,
        UNREACHABLE,
        attempts=mail.attempts - 1,
        next_try_at=now + WAITS[0],
        tried_at=now,
    )


def _mark(mail: OutgoingMail, status: str, outcome: str, **more: object) -> None:
    """End this worker's claim, unless its lease has run out: then a person decides."""
    mine = OutgoingMail.objects.filter(
        pk=mail.pk, owner=mail.owner, status=Status.SENDING
    )
    if status != Status.SENT:
        _forget_withdrawn(mine)
        mine = mine.exclude(recipient=WITHDRAWN)
    mine.update(
        status=status, outcome=outcome[:60], owner="", leased_until=None, **more
    )


def _forget_withdrawn(mails: "QuerySet[OutgoingMail]") -> None:
    """End mails that were withdrawn while they were being sent."""
    mails.filter(recipient=WITHDRAWN).update(
        status=Status.NOT_NEEDED, outcome="", recipient="", owner="", leased_until=None
    )

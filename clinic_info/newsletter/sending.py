"""Sending issues: set some rows aside, hand each over once, mark what became of it.

A row is marked as being sent before its mail is handed over, and as sent after the server
took it, in one transaction with the beginning of the next row: one commit a mail. A row whose
worker died in between becomes UNKNOWN, and a person decides about it; rows only set aside
return by themselves when their lease is over, unless the machine died (durability.py).
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic_info.newsletter.continuity import hold_if_restored
from clinic_info.newsletter.durability import left_whole, new_owner, quick_commits
from clinic_info.newsletter.issue_mail import Content, Mailing, mail_name
from clinic_info.newsletter.issue_states import pause_after_refusals
from clinic_info.newsletter.issues import Issue, RenderedIssue
from clinic_info.newsletter.models import Delivery, Subscriber
from clinic_info.newsletter.progress import keep_in_step
from clinic_info.newsletter.subscriptions import note_bounce
from clinic_info.newsletter.tokens import unsubscribe_url
from clinic_site import content_version
from clinic_site.mail.delivery import (
    DeliveryError,
    MailServer,
    PermanentError,
    Stage,
    TemporaryError,
    UnknownOutcomeError,
    UnreachableError,
)
from clinic_site.mail.outcomes import explained

logger = logging.getLogger(__name__)

Clock = Callable[[], datetime]
Status = Delivery.Status

# Between the five tries; together they are a day, less what sending takes.
WAITS = [
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=3),
    timedelta(hours=20),
]
BATCH = 50
# How long rows may be set aside, and longer than one mail can take (MailServer).
SET_ASIDE = timedelta(minutes=2)
LEASE = timedelta(minutes=10)
# A server that was not reached is left alone so long, and after so many lost connections.
PAUSE = timedelta(minutes=1)
MOST_LOSSES = 3
# The worker has other things to do.
LONGEST_ROUND = timedelta(seconds=30)
RATE_WINDOW = timedelta(minutes=1)


class StopRoundError(Exception):
    """There is no use in going on now."""


@dataclass(frozen=True)
class Row:
    """A delivery that was set aside, and to whom it goes."""

    pk: int
    attempts: int
    subscriber_pk: int
    email: str
    public_id: UUID


def is_anything_due(now: datetime) -> bool:
    """Tell whether a round would find something to send."""
    return (
        Delivery.objects.filter(
            Q(issue__held_until=None) | Q(issue__held_until__lte=now),
            issue__status=Issue.Status.SENDING,
            status=Status.WAITING,
            next_try_at__lte=now,
        )
        .filter(_free(now))
        .exists()
    )


def send_round(
    now: datetime,
    clock: Clock = timezone.now,
    longest: timedelta = LONGEST_ROUND,
) -> int:
    """Send what is due, for half a minute at most; return how many mails went out."""
    keep_in_step(now)
    sent = 0
    sending = Issue.objects.filter(status=Issue.Status.SENDING).order_by("started_at")
    with MailServer() as server:
        for pk in sending.values_list("pk", flat=True):
            run = _Run(pk, server, clock, now + longest)
            try:
                run.send()
            except StopRoundError:
                break
            finally:
                run.end()
                sent += run.sent
    keep_in_step(clock())
    return sent


class _Run:
    """One worker's part in the sending of one issue."""

    def __init__(
        self, issue_pk: int, server: MailServer, clock: Clock, until: datetime
    ) -> None:
        rendered = RenderedIssue.objects.select_related("issue").get(pk=issue_pk)
        self._started_at = rendered.issue.started_at
        self._mailing = Mailing(Content(rendered.subject, rendered.text, rendered.html))
        self._issue_pk = issue_pk
        self._server = server
        self._clock = clock
        self._until = until
        self._owner = new_owner()
        # The row that was accepted and not yet marked.
        self._accepted: int | None = None
        self._losses = 0
        self.sent = 0

    def send(self) -> None:
        """Send until nothing is due or the time is over. Raises StopRoundError."""
        while (now := self._clock()) < self._until:
            rows = self._set_aside(now)
            if not rows:
                return
            with quick_commits():
                self._go_through(rows)
            self._mark_accepted()

    def end(self) -> None:
        """Mark what was accepted, and give back what was set aside and not begun."""
        self._mark_accepted()
        Delivery.objects.filter(owner=self._owner, status=Status.WAITING).update(
            owner="", leased_until=None
        )

    # Only what stands above is for others.

    def _go_through(self, rows: list[Row]) -> None:
        for row in rows:
            now = self._clock()
            if now >= self._until:
                return
            if self._begin(row, now):
                self._hand_over(row, now)
            elif not self._skip_unwanted(row):
                # Paused, cancelled, or the lease is over.
                return

    def _set_aside(self, now: datetime) -> list[Row]:
        """Claim the rows that have waited longest, no more than may be sent now."""
        if hold_if_restored(now):
            return []
        with transaction.atomic():
            # On PostgreSQL workers take turns here, so that the rate holds for all.
            sending = Issue.objects.select_for_update().order_by("pk")
            issues = {
                issue.pk: issue
                for issue in sending.filter(status=Issue.Status.SENDING).only(
                    "status", "held_until", "remark"
                )
            }
            issue = issues.get(self._issue_pk)
            if issue is None or not issue.may_be_sent_at(now):
                return []
            due = Delivery.objects.filter(
                _free(now),
                issue=self._issue_pk,
                status=Status.WAITING,
                next_try_at__lte=now,
            )
            keys = list(
                due.order_by("next_try_at", "pk").values_list("pk", flat=True)[
                    : _allowance(now)
                ]
            )
            Delivery.objects.filter(pk__in=keys).update(
                owner=self._owner, leased_until=now + SET_ASIDE
            )
            Issue.objects.filter(pk=self._issue_pk).update(
                active_at=now, held_until=None, remark=""
            )
        rows = Delivery.objects.filter(pk__in=keys).values_list(
            "pk",
            "attempts",
            "subscriber_id",
            "subscriber__email",
            "subscriber__public_id",
        )
        # Whoever was deleted since has no row here any more, or one without an address.
        return [Row(*row) for row in rows.order_by("pk") if row[3]]

    def _begin(self, row: Row, now: datetime) -> bool:
        """Mark a row as being sent, if it is still ours and wanted; with it the last one."""
        with transaction.atomic():
            self._mark_accepted()
            with connection.cursor() as cursor:
                cursor.execute(
                    _begin_statement(),
                    [
                        _stored(now),
                        _stored(now + LEASE),
                        row.pk,
                        self._owner,
                        _stored(now),
                    ],
                )
                return cursor.rowcount == 1

    def _mark_accepted(self) -> None:
        """Mark the mail that the server took last, unless its lease ran out before."""
        if self._accepted is None:
            return
        with connection.cursor() as cursor:
            cursor.execute(_accepted_statement(), [self._accepted, self._owner])
        self._accepted = None

    def _skip_unwanted(self, row: Row) -> bool:
        """Skip a row whose subscriber left; tell whether that was why it did not begin."""
        skipped = (
            Delivery.objects.filter(pk=row.pk, owner=self._owner, status=Status.WAITING)
            .exclude(subscriber__status=Subscriber.Status.CONFIRMED)
            .update(status=Status.SKIPPED, owner="", leased_until=None)
        )
        return bool(skipped)

    def _hand_over(self, row: Row, now: datetime) -> None:
        """Send a row that has begun. Raises StopRoundError if there is no use in going on."""
        link = unsubscribe_url(row.public_id)
        name = mail_name(row.pk, self._started_at)
        mailing = self._mailing
        try:
            self._server.deliver_content(
                mailing.sender,
                row.email,
                mailing.content_for(name, row.email, link, now),
                lambda: mailing.message_for(name, row.email, link),
            )
        except UnknownOutcomeError as error:
            logger.error("Delivery %s may or may not have arrived: %s", row.pk, error)
            self._mark(row, Status.UNKNOWN, str(error))
            self._pause_if_in_a_row(error)
        except PermanentError as error:
            logger.warning("Delivery %s failed: %s", row.pk, error)
            self._mark(row, Status.FAILED, str(error))
            if error.is_bad_address:
                note_bounce(row.subscriber_pk, now)
            else:
                self._pause_if_in_a_row(error)
        except ValueError:
            logger.warning("Delivery %s failed: not an address", row.pk)
            self._mark(row, Status.FAILED, "not an address")
        except UnreachableError as error:
            self._lost(row, error, now)
        except TemporaryError as error:
            logger.info("Delivery %s is put off: %s", row.pk, error)
            self._put_off(row, str(error), now)
        else:
            self._accepted = row.pk
            self._losses = 0
            self.sent += 1

    def _lost(self, row: Row, error: UnreachableError, now: datetime) -> None:
        """Note a connection that was lost before the mail was handed over."""
        if error.stage in {Stage.CONNECTION, Stage.SENDER}:
            # It has nothing to do with this mail: it counts as not tried.
            self._mark(
                row,
                Status.WAITING,
                "",
                attempts=row.attempts,
                tried_at=None,
            )
            self._hold(error, now)
        self._put_off(row, str(error), now)
        self._losses += 1
        if self._losses >= MOST_LOSSES:
            self._hold(error, now)

    def _hold(self, error: UnreachableError, now: datetime) -> None:
        logger.warning("The mail server cannot be reached: %s", error)
        Issue.objects.filter(pk=self._issue_pk).update(
            held_until=now + PAUSE,
            remark=_("Nothing can be sent now. %(reason)s It is tried again.")
            % {"reason": explained(str(error))},
        )
        raise StopRoundError

    def _pause_if_in_a_row(self, error: DeliveryError) -> None:
        """Leave the issue to a person if the server took none of the last few mails.

        They are counted in the database: one that answers late may be one a round.
        """
        done = Delivery.objects.filter(issue=self._issue_pk).exclude(tried_at=None)
        done = done.exclude(status__in=[Status.WAITING, Status.SENDING, Status.SKIPPED])
        last = done.exclude(subscriber__status=Subscriber.Status.BOUNCED).order_by(
            "-tried_at", "-pk"
        )
        statuses = list(last.values_list("status", flat=True)[:MOST_LOSSES])
        if len(statuses) == MOST_LOSSES and Status.SENT not in statuses:
            pause_after_refusals(self._issue_pk, error)
            raise StopRoundError

    def _put_off(self, row: Row, reason: str, now: datetime) -> None:
        """Put a row back for its next try, or give it up after the last."""
        if row.attempts >= len(WAITS):
            logger.warning("Delivery %s failed: %s", row.pk, reason)
            self._mark(row, Status.FAILED, reason)
            return
        self._mark(row, Status.WAITING, reason, next_try_at=now + WAITS[row.attempts])

    def _mark(self, row: Row, status: Status, outcome: str, **more: object) -> None:
        """End this worker's claim, unless its lease ran out: then a person decides."""
        mine = Delivery.objects.filter(
            pk=row.pk, owner=self._owner, status=Status.SENDING
        )
        if status == Status.WAITING:
            # Somebody who was deleted meanwhile waits for nothing.
            gone = mine.filter(subscriber=None)
            gone.update(status=Status.SKIPPED, owner="", leased_until=None)
        mine.update(
            status=status, outcome=outcome[:60], owner="", leased_until=None, **more
        )
        cancelled = Delivery.objects.filter(
            pk=row.pk, issue__status=Issue.Status.CANCELLED
        )
        if status != Status.UNKNOWN and cancelled.exists():
            # While it was in hand the archive showed the issue for its sake.
            content_version.move()


def _allowance(now: datetime) -> int:
    """Return how many mails may be begun now, by all that began or may begin lately."""
    rate: int = settings.NEWSLETTER_MAILS_PER_MINUTE
    if not rate:
        return BATCH
    tried = Delivery.objects.filter(tried_at__gt=now - RATE_WINDOW).count()
    aside = Delivery.objects.filter(status=Status.WAITING, leased_until__gt=now).count()
    return max(0, min(BATCH, rate - tried - aside))


def _free(now: datetime) -> Q:
    """Return the condition that no worker has a row set aside."""
    return Q(leased_until=None) | (Q(leased_until__lte=now) & left_whole())


def _stored(moment: datetime) -> object:
    return connection.ops.adapt_datetimefield_value(moment)


# What is done for every single mail is written out: to build it each time costs more than
# to run it.


def _begin_statement() -> str:
    quote = connection.ops.quote_name
    deliveries, subscribers, issues = (
        quote(model._meta.db_table) for model in (Delivery, Subscriber, Issue)
    )
    return (
        f"UPDATE {deliveries} SET status = 'sending', attempts = attempts + 1, "  # noqa: S608
        "tried_at = %s, leased_until = %s "
        "WHERE id = %s AND owner = %s AND status = 'waiting' AND leased_until > %s "
        f"AND EXISTS (SELECT 1 FROM {subscribers} WHERE "
        f"{subscribers}.id = {deliveries}.subscriber_id "
        f"AND {subscribers}.status = 'confirmed') "
        f"AND EXISTS (SELECT 1 FROM {issues} WHERE "
        f"{issues}.id = {deliveries}.issue_id AND {issues}.status = 'sending')"
    )


def _accepted_statement() -> str:
    deliveries = connection.ops.quote_name(Delivery._meta.db_table)
    return (
        f"UPDATE {deliveries} SET status = 'sent', outcome = '', owner = '', "  # noqa: S608
        "leased_until = NULL WHERE id = %s AND owner = %s AND status = 'sending'"
    )

"""What a person, or the time, does to an issue: one conditional statement each, and a log."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.log_actions import log

from clinic_info.newsletter.issue_mail import checked, chosen_articles, rendered
from clinic_info.newsletter.issues import Issue, RenderedIssue
from clinic_info.newsletter.models import Delivery, Subscriber
from clinic_site import content_version
from clinic_site.mail.outcomes import explained

Status = Issue.Status
OPEN = [Status.DRAFT, Status.SCHEDULED]
BATCH = 500
UNDER_WAY = [Status.SENDING, Status.PAUSED]

# The actions of Wagtail's log that are ours, and what its entries say.
ACTIONS = {
    "newsletter.schedule": gettext_lazy("Schedule"),
    "newsletter.unschedule": gettext_lazy("Take off the schedule"),
    "newsletter.test": gettext_lazy("Send a test"),
    "newsletter.start": gettext_lazy("Start sending"),
    "newsletter.pause": gettext_lazy("Pause"),
    "newsletter.resume": gettext_lazy("Resume"),
    "newsletter.cancel": gettext_lazy("Cancel"),
    "newsletter.send_again": gettext_lazy("Send doubtful mails again"),
    "newsletter.try_failed_again": gettext_lazy("Try the failed ones again"),
    "newsletter.unsubscribe": gettext_lazy("Unsubscribe"),
    "newsletter.erase": gettext_lazy("Erase a subscriber"),
    "newsletter.import": gettext_lazy("Import subscribers"),
    "newsletter.export": gettext_lazy("Export subscribers"),
}


class IssueStateError(ValueError):
    """The issue is not in a state in which this can be done. The text is for staff."""


def schedule(pk: int, at: datetime, now: datetime, user: Any = None) -> None:
    """Have an issue sent at a moment. Raises IssueStateError for one that is past."""
    if at <= now:
        raise IssueStateError(_("Choose a time that is still to come."))
    _change(
        pk, OPEN, "schedule", user, status=Status.SCHEDULED, scheduled_at=at, remark=""
    )


def unschedule(pk: int, now: datetime, user: Any = None) -> None:
    _change(
        pk,
        [Status.SCHEDULED],
        "unschedule",
        user,
        status=Status.DRAFT,
        scheduled_at=None,
        remark="",
    )


def start(pk: int, now: datetime, user: Any = None) -> int:
    """Begin to send an issue as it stands now; return to how many.

    Raises IssueStateError, and TooLongError for one that mail programs would cut off.
    """
    issue = Issue.objects.filter(pk=pk).first()
    if issue is None:
        raise IssueStateError(_("This issue does not exist any more."))
    if not (issue.has_text or chosen_articles(issue)):
        raise IssueStateError(
            _("Nothing would stand in it: none of its articles is published.")
        )
    content = checked(rendered(issue))
    with transaction.atomic():
        _change(
            pk,
            OPEN,
            "start",
            user,
            status=Status.SENDING,
            started_at=now,
            active_at=now,
            held_until=None,
            remark="",
        )
        RenderedIssue.objects.update_or_create(
            issue_id=pk,
            defaults={
                "subject": content.subject,
                "text": content.text,
                "html": content.html,
            },
        )
        queued = _queue_for_everyone(pk, now)
        # The archive shows it from now on.
        content_version.move()
        if not queued:
            raise IssueStateError(_("Nobody has subscribed yet."))
    return queued


def pause(pk: int, now: datetime, user: Any = None) -> None:
    _change(pk, [Status.SENDING], "pause", user, status=Status.PAUSED, remark="")


def resume(pk: int, now: datetime, user: Any = None) -> None:
    """Go on where sending stopped."""
    _change(
        pk,
        [Status.PAUSED],
        "resume",
        user,
        status=Status.SENDING,
        active_at=now,
        held_until=None,
        remark="",
    )


def cancel(pk: int, now: datetime, user: Any = None) -> None:
    """Give an issue up; what has been sent stays sent."""
    with transaction.atomic():
        _change(
            pk,
            [*OPEN, *UNDER_WAY],
            "cancel",
            user,
            status=Status.CANCELLED,
            finished_at=now,
        )
        Delivery.objects.filter(issue=pk, status=Delivery.Status.WAITING).update(
            status=Delivery.Status.SKIPPED,
            outcome="cancelled",
            owner="",
            leased_until=None,
        )
        # The archive shows it only if somebody has it.
        content_version.move()


def doubtful(pk: int) -> QuerySet[Delivery]:
    """Return the doubtful mails that a person may have sent again: not to who left."""
    return Delivery.objects.needing_a_person().filter(
        issue=pk,
        issue__status__in=[*UNDER_WAY, Status.SENT],
        subscriber__status=Subscriber.Status.CONFIRMED,
    )


def send_again(pk: int, keys: Sequence[int], now: datetime, user: Any = None) -> int:
    """Have doubtful mails sent once more, as a person decided; return how many will be."""
    number = 0
    with transaction.atomic():
        for start in range(0, len(keys), BATCH):
            few = doubtful(pk).filter(pk__in=keys[start : start + BATCH])
            number += Delivery.objects.filter(pk__in=few.values("pk")).update(
                status=Delivery.Status.WAITING, attempts=0, outcome="", next_try_at=now
            )
        if number:
            Issue.objects.filter(pk=pk, status=Status.SENT).update(
                status=Status.SENDING, active_at=now
            )
            log(
                instance=Issue.objects.get(pk=pk),
                action="newsletter.send_again",
                user=user,
                data={"number": number},
            )
    return number


def pause_after_refusals(pk: int, error: Exception) -> None:
    """Stop an issue of which the server takes nothing: every further mail would be lost."""
    Issue.objects.filter(pk=pk, status=Status.SENDING).update(
        status=Status.PAUSED,
        remark=_(
            "The mail server accepted none of the last mails. %(reason)s Have that put "
            "right, try the failed ones again, and resume."
        )
        % {"reason": explained(str(error))},
    )


def failed(pk: int) -> QuerySet[Delivery]:
    """Return the failed mails that can be tried again: not to addresses that are gone."""
    return Delivery.objects.filter(
        issue=pk,
        status=Delivery.Status.FAILED,
        subscriber__status=Subscriber.Status.CONFIRMED,
    )


def try_failed_again(pk: int, now: datetime, user: Any = None) -> int:
    """Have all failed mails of an issue sent anew; return how many.

    Raises IssueStateError if there are none, or the issue is neither under way nor sent.
    """
    with transaction.atomic():
        issue = Issue.objects.filter(
            pk=pk, status__in=[*UNDER_WAY, Status.SENT]
        ).first()
        number = issue and Delivery.objects.filter(
            pk__in=failed(pk).values("pk")
        ).update(
            status=Delivery.Status.WAITING, attempts=0, outcome="", next_try_at=now
        )
        if issue is None or not number:
            raise IssueStateError(_("There is nothing to try again."))
        Issue.objects.filter(pk=pk, status=Status.SENT).update(
            status=Status.SENDING, active_at=now
        )
        log(instance=issue, action="newsletter.try_failed_again", user=user)
    return number


def hold_all(now: datetime) -> int:
    """Stop whatever would send by itself: a restored backup does not know what went out.

    Return how many issues were stopped; a person goes on with them.
    """
    return _hold(Q())


def hold_due(now: datetime) -> int:
    """Stop what would send by itself at this moment; what is scheduled for later stays so.

    Return how many issues were stopped; a person goes on with them.
    """
    return _hold(Q(scheduled_at__lte=now))


def _hold(which_scheduled: Q) -> int:
    with transaction.atomic():
        paused = Issue.objects.filter(status=Status.SENDING).update(
            status=Status.PAUSED, held_until=None, remark=restored_remark()
        )
        drafts = Issue.objects.filter(which_scheduled, status=Status.SCHEDULED).update(
            status=Status.DRAFT,
            scheduled_at=None,
            remark=_(
                "A backup was restored. Send or schedule it again if it has not been "
                "sent meanwhile, or delete it."
            ),
        )
    return paused + drafts


def restored_remark() -> str:
    return _(
        "Sending stood still, or a backup was restored. Resume it if it has not gone on "
        "elsewhere."
    )


def _change(
    pk: int, from_states: list[Status], action: str, user: Any, **values: Any
) -> None:
    with transaction.atomic():
        if not Issue.objects.filter(pk=pk, status__in=from_states).update(**values):
            raise IssueStateError(
                _("This cannot be done any more: the issue has changed meanwhile.")
            )
        log(instance=Issue.objects.get(pk=pk), action=f"newsletter.{action}", user=user)


def _queue_for_everyone(pk: int, now: datetime) -> int:
    """Make the rows of all confirmed subscribers in one statement; return how many."""
    quote = connection.ops.quote_name
    deliveries = quote(Delivery._meta.db_table)
    subscribers = quote(Subscriber._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {deliveries} "  # noqa: S608
            "(issue_id, subscriber_id, status, attempts, outcome, next_try_at, owner) "
            f"SELECT %s, id, 'waiting', 0, '', %s, '' FROM {subscribers} "
            "WHERE status = 'confirmed' ORDER BY id ON CONFLICT DO NOTHING",
            [pk, connection.ops.adapt_datetimefield_value(now)],
        )
        return int(cursor.rowcount)

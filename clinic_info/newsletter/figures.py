"""What became of an issue, and how the newsletter grows: sums for staff."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q

from clinic_info.newsletter.issues import Issue
from clinic_info.newsletter.models import Consent, Delivery, Subscriber, Suppression
from clinic_site.abuse.models import RefusedForms
from clinic_site.mail.outcomes import explained

LATELY = timedelta(days=30)
Status = Delivery.Status


@dataclass(frozen=True)
class IssueFigures:
    """How many deliveries of an issue there are, by what became of them."""

    queued: int
    waiting: int
    sent: int
    skipped: int
    failed: int
    unknown: int
    # Of those who got it, how many do not get the next one.
    left_since: int
    # Reasons with how many failed for each, the most frequent first.
    reasons: list[tuple[str, int]]


@dataclass(frozen=True)
class Growth:
    """Who gets the newsletter, and how that changed in the last 30 days."""

    confirmed: int
    joined: int
    left: int
    asked: int
    # Of those who asked in the last 30 days, how many in a hundred confirmed.
    confirm_rate: int | None
    was_flooded: bool


def figures_of(issue: Issue) -> IssueFigures:
    rows = Delivery.objects.filter(issue=issue)
    counts = dict(rows.values_list("status").annotate(Count("pk")).order_by())
    reasons = Counter[str]()
    outcomes = rows.filter(status=Status.FAILED).values_list("outcome")
    for outcome, number in outcomes.annotate(Count("pk")).order_by("outcome"):
        reasons[explained(outcome)] += number
    left = rows.filter(status=Status.SENT).exclude(
        subscriber__status=Subscriber.Status.CONFIRMED
    )
    return IssueFigures(
        queued=sum(counts.values()),
        waiting=counts.get(Status.WAITING, 0) + counts.get(Status.SENDING, 0),
        sent=counts.get(Status.SENT, 0),
        skipped=counts.get(Status.SKIPPED, 0),
        failed=counts.get(Status.FAILED, 0),
        unknown=counts.get(Status.UNKNOWN, 0),
        left_since=left.count(),
        reasons=reasons.most_common(),
    )


def growth(now: datetime) -> Growth:
    since = now - LATELY
    asked = Subscriber.objects.filter(
        created_at__gte=since, consents__kind=Consent.Kind.ASKED
    ).distinct()
    counted = asked.aggregate(
        all=Count("pk", distinct=True),
        confirmed=Count("pk", distinct=True, filter=Q(confirmed_at__isnull=False)),
    )
    joined = Subscriber.objects.confirmed().filter(confirmed_at__gte=since).count()
    return Growth(
        confirmed=Subscriber.objects.confirmed().count(),
        joined=joined,
        left=Suppression.objects.filter(made_at__gte=since).count(),
        asked=counted["all"],
        confirm_rate=(
            round(100 * counted["confirmed"] / counted["all"])
            if counted["all"]
            else None
        ),
        was_flooded=RefusedForms.objects.filter(
            form="newsletter",
            reason="newsletter all",
            day__gte=(now - timedelta(days=2)).date(),
        ).exists(),
    )


def issues_needing_a_person(now: datetime) -> list[Issue]:
    """Return issues that stand still: paused, held, due and not begun, or in doubt."""
    late = now - timedelta(minutes=5)
    return list(
        Issue.objects.filter(
            Q(status=Issue.Status.PAUSED)
            | Q(status=Issue.Status.SCHEDULED, scheduled_at__lte=late)
            | Q(status=Issue.Status.SENDING, held_until__isnull=False)
            | (Q(status=Issue.Status.DRAFT) & ~Q(remark=""))
            | Q(deliveries__in=Delivery.objects.needing_a_person())
        )
        .distinct()
        .order_by("-created_at")
    )

"""Issues under way, for the tests of sending."""

from datetime import datetime

from clinic_info.newsletter import issue_states, sending
from clinic_info.newsletter.issues import Issue
from clinic_info.newsletter.models import Delivery
from tests.clinic_info.newsletter.conftest import NOW, subscribe
from tests.smtp_sink import Sink


def draft(**values: object) -> Issue:
    return Issue.objects.create(
        **{"subject": "Skin in spring", "introduction": "<p>Hello.</p>"} | values
    )


def started(*names: str, now: datetime = NOW) -> Issue:
    """Return an issue whose sending to these subscribers has begun."""
    for name in names or ["ann"]:
        subscribe(f"{name}@patient.example")
    issue = draft()
    issue_states.start(issue.pk, now)
    issue.refresh_from_db()
    return issue


def send(now: datetime = NOW) -> int:
    return sending.send_round(now, clock=lambda: now)


def statuses() -> dict[str, int]:
    found: dict[str, int] = {}
    for status in Delivery.objects.values_list("status", flat=True):
        found[status] = found.get(status, 0) + 1
    return found


def delivery(name: str = "ann") -> Delivery:
    return Delivery.objects.get(subscriber__email=f"{name}@patient.example")


def received(sink: Sink) -> list[str]:
    return sorted(mail.recipients[0].partition("@")[0] for mail in sink.mails)

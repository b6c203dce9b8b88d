from datetime import timedelta

import pytest

from clinic_info.newsletter import issue_states, jobs
from clinic_info.newsletter.issues import Issue
from clinic_info.newsletter.models import Delivery
from tests.clinic_info.newsletter.conftest import NOW, Clock
from tests.clinic_info.newsletter.mailing import draft, started, statuses
from tests.smtp_sink import Sink

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def test_the_worker_sends_what_is_under_way(sink: Sink) -> None:
    started("ann", "bob")
    jobs.send_issues(NOW)

    assert statuses() == {"sent": 2}
    assert Issue.objects.get().status == Issue.Status.SENT


def test_the_worker_begins_what_is_due(sink: Sink, clock: Clock) -> None:
    started("ann")
    jobs.send_issues(NOW)
    issue = draft(subject="Next")
    issue_states.schedule(issue.pk, NOW + timedelta(minutes=5), NOW)
    clock.shift(timedelta(minutes=6))
    jobs.send_issues(clock.now)

    assert [mail.mail["Subject"] for mail in sink.mails] == ["Skin in spring", "Next"]


def test_no_round_is_asked_for_where_nothing_is_due(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[object] = []
    monkeypatch.setattr(
        jobs.sending, "send_round", lambda now, **_more: asked.append(now) or 0
    )
    jobs.send_issues(NOW)
    issue = started("ann")
    issue_states.pause(issue.pk, NOW)
    jobs.send_issues(NOW)
    issue_states.resume(issue.pk, NOW)
    Delivery.objects.update(owner="another", leased_until=NOW + timedelta(1))
    jobs.send_issues(NOW)

    assert asked == []

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from clinic_info.newsletter.models import Subscriber
from clinic_info.newsletter.subscriptions import Kind, add
from clinic_info.newsletter.wordings import PRESENT
from clinic_site.abuse import stamps
from clinic_site.mail.sending import send_due
from tests.smtp_sink import Sink, running, use

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Clock:
    """What the site takes for the present."""

    def __init__(self) -> None:
        self.now = NOW

    def shift(self, by: timedelta) -> None:
        self.now += by


@pytest.fixture
def sink(settings: Settings) -> Iterator[Sink]:
    """A mail server that the site sends to."""
    with running(Sink()) as server:
        use(server, settings)
        yield server


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Midday of a Monday, which goes on only when told to."""
    clock = Clock()
    monkeypatch.setattr(timezone, "now", lambda: clock.now)
    return clock


@pytest.fixture
def sign_up(client: Client) -> Callable[..., object]:
    """Send the form as a reader would: `sign_up("ann@patient.example")`."""

    def post(email: str, address: str = "192.0.2.1", **more: str) -> object:
        made = stamps.make("newsletter:", timezone.now() - timedelta(minutes=1))
        data = {"email": email, "stamp": made, "website": "", "page": "/articles/"}
        data["wording"] = PRESENT
        headers = more.pop("headers", None) or {"sec-fetch-site": "same-origin"}
        return client.post(
            "/newsletter/", data | more, REMOTE_ADDR=address, headers=headers
        )

    return post


def send_mails() -> None:
    """Do what the worker does with mails to single people."""
    moment = timezone.now()
    send_due(moment, clock=lambda: moment)


def subscribe(email: str = "ann@patient.example", at: datetime = NOW) -> Subscriber:
    """Make a confirmed subscriber."""
    subscriber = add(email, "a paper form", Kind.ADDED, at)
    assert subscriber is not None
    return subscriber

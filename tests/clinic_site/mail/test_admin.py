from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import AbstractUser
from django.test import Client
from pytest_django import Settings

from clinic_site.mail.models import OutgoingMail
from clinic_site.mail.queue import queue
from tests.clinic_site.mail.kinds import MAIL_KINDS

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LISTING = "/admin/reports/mails/"
Staff = Callable[[str], AbstractUser]

pytestmark = pytest.mark.django_db


@pytest.fixture
def doubtful(settings: Settings) -> OutgoingMail:
    settings.MAIL_KINDS = MAIL_KINDS
    queue("hello", key="hello:1", recipient="ann@patient.example", now=NOW)
    OutgoingMail.objects.update(status="unknown", outcome="worker died")
    return OutgoingMail.objects.get()


def test_a_doubtful_mail_is_on_the_dashboard_and_sent_again_after_a_question(
    doubtful: OutgoingMail, staff: Staff, client: Client
) -> None:
    client.force_login(staff("Reception"))
    address = f"{LISTING}{doubtful.pk}/again/"

    assert "1 mail failed" in client.get("/admin/").content.decode()
    assert address in client.get(LISTING).content.decode()
    assert "may have arrived" in client.get(address).content.decode()
    assert OutgoingMail.objects.get().status == "unknown"
    client.post(address)
    assert OutgoingMail.objects.get().status == "waiting"
    assert (
        "This is not possible any more"
        in client.post(address, follow=True).content.decode()
    )


def test_no_address_leaves_by_the_list(
    doubtful: OutgoingMail, staff: Staff, client: Client
) -> None:
    client.force_login(staff("Reception"))
    for kind in ("csv", "xlsx"):
        answer = client.get(f"{LISTING}?export={kind}")
        content = answer.getvalue() if answer.streaming else answer.content
        assert answer.status_code != 200 or b"ann@" not in content


def test_mails_are_not_for_everybody(
    doubtful: OutgoingMail, staff: Staff, client: Client
) -> None:
    client.force_login(staff("Editors"))

    assert client.get(LISTING).status_code == 302
    assert client.post(f"{LISTING}{doubtful.pk}/again/").status_code in {302, 403}
    assert "mail failed" not in client.get("/admin/").content.decode()
    assert OutgoingMail.objects.get().status == "unknown"

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from clinic_info.newsletter.email_addresses import normalised
from clinic_info.newsletter.models import Consent, Subscriber
from clinic_info.newsletter.tokens import unsubscribe_token
from clinic_site.abuse.models import RefusedForms
from clinic_site.mail.models import OutgoingMail
from tests.clinic_info.newsletter.conftest import Clock, send_mails, subscribe
from tests.smtp_sink import Mode, Sink

SignUp = Callable[..., Any]
Status = Subscriber.Status

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def test_a_thousand_sign_ups_of_one_person_are_one_mail_a_day(
    sink: Sink, sign_up: SignUp, clock: Clock
) -> None:
    spellings = [
        "ann@gmail.com",
        "A.nn@Gmail.com",
        "ann+1@gmail.com",
        "a.n.n@gmail.com",
    ]
    for number in range(1000):
        network = f"10.{number // 250}.{number % 250}.1"
        sign_up(spellings[number % 4].replace("+1", f"+{number}"), network)
    send_mails()
    assert len(sink.mails) == 1

    clock.shift(timedelta(hours=13))
    sign_up("ann@gmail.com")
    send_mails()
    assert len(sink.mails) == 2


def test_a_network_is_limited_whatever_it_says_it_is(
    sink: Sink, sign_up: SignUp
) -> None:
    for number in range(1000):
        sign_up(
            f"person{number}@patient.example",
            f"192.0.2.{number % 250}",
            headers={
                "sec-fetch-site": "same-origin",
                "x-forwarded-for": f"10.1.{number // 250}.{number % 250}",
            },
        )
    send_mails()
    assert len(sink.mails) == 20
    assert RefusedForms.objects.get(reason="newsletter network").forms > 0

    assert sign_up("honest@patient.example", "198.51.100.7").status_code == 303
    send_mails()
    assert sink.mails[-1].recipients == ["honest@patient.example"]


def test_a_flood_stops_the_mails_and_tells_staff(
    sink: Sink, sign_up: SignUp, staff: Callable[[str], Any], clock: Clock
) -> None:
    user = staff("Reception")
    user.is_superuser = True
    user.save()
    for number in range(205):
        answer = sign_up(f"person{number}@patient.example", f"10.0.{number}.1")
    assert answer.status_code == 422
    assert b"try again in" in answer.content
    send_mails()

    to_staff = [mail for mail in sink.mails if mail.recipients == [user.email]]
    assert len(to_staff) == 1
    assert len(sink.mails) == 201
    clock.shift(timedelta(minutes=61))
    assert sign_up("honest@patient.example", "198.51.100.7").status_code == 303


def test_another_site_cannot_sign_anybody_up(sign_up: SignUp) -> None:
    answer = sign_up("ann@patient.example", headers={"sec-fetch-site": "cross-site"})

    assert answer.status_code == 403
    assert not OutgoingMail.objects.exists()


def test_a_robot_that_fills_in_everything_is_answered_and_ignored(
    sign_up: SignUp,
) -> None:
    answer = sign_up("ann@patient.example", website="https://spam.example")

    assert answer.status_code == 303
    assert not OutgoingMail.objects.exists()


@pytest.mark.parametrize("field", ["email", "stamp", "page", "wording"])
def test_a_sign_that_no_text_holds_is_refused(field: str, sign_up: SignUp) -> None:
    answer = sign_up(**{"email": "ann@patient.example"} | {field: "a\0b@c.example"})

    assert answer.status_code == 422
    assert not OutgoingMail.objects.exists()


@pytest.mark.parametrize("name", ["confirm", "unsubscribe"])
def test_a_secret_link_is_not_stored_as_the_page_of_a_sign_up(
    name: str, client: Client, sink: Sink, sign_up: SignUp
) -> None:
    path = f"/newsletter/{name}/{unsubscribe_token(subscribe().public_id)}/"
    assert 'name="page"' not in client.get(path).content.decode()
    assert 'name="page"' in client.get("/newsletter/").content.decode()
    sign_up("bob@patient.example", page=path)
    send_mails()

    assert Consent.objects.get(kind="asked").page == ""
    assert not OutgoingMail.objects.filter(reference__contains=name).exists()


@pytest.mark.parametrize(
    ("page", "stored"),
    [
        ("/articles/haut-im-frühling/", "/articles/haut-im-frühling/"),
        ("/ Your account was hacked, call 0900", ""),
        ("//evil.example/", ""),
        ("/http://evil.example", ""),
    ],
)
def test_only_a_path_is_stored_as_the_page_of_a_sign_up(
    page: str, stored: str, sink: Sink, sign_up: SignUp
) -> None:
    sign_up("bob@patient.example", page=page)
    send_mails()

    assert Consent.objects.get().page == stored


@pytest.mark.parametrize("domain", ["[127.0.0.1]", "[IPv6:::1]", "localhost"])
def test_no_mail_is_sent_into_our_own_network(domain: str) -> None:
    with pytest.raises(ValidationError):
        normalised(f"root@{domain}")


@pytest.mark.parametrize("mode", [Mode.DROP, Mode.REFUSED])
def test_a_confirmation_that_did_not_get_through_can_be_had_again(
    mode: Mode, sink: Sink, sign_up: SignUp
) -> None:
    sink.script = [mode]
    for _ in range(3):
        sign_up("ann@patient.example")
        send_mails()

    mail = OutgoingMail.objects.get()
    assert mail.status == OutgoingMail.Status.SENT
    assert len(sink.mails) == (2 if mode == Mode.DROP else 1)

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape
from pytest_django import Settings

from clinic_info.newsletter import forms, subscriptions, wordings
from clinic_info.newsletter.email_addresses import mailbox, normalised
from clinic_info.newsletter.models import (
    ConfirmToken,
    Consent,
    Subscriber,
    Suppression,
)
from clinic_info.newsletter.signup import how_asked
from tests.clinic_info.newsletter.conftest import NOW, Clock, send_mails, subscribe
from tests.smtp_sink import Mode, Sink

SignUp = Callable[..., Any]
Status = Subscriber.Status

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def link_in(sink: Sink, number: int = -1) -> str:
    """Return the path of the link in a mail's text."""
    found = re.search(r"^http://localhost(/newsletter/\S+)$", text(sink, number), re.M)
    assert found
    return found[1]


def text(sink: Sink, number: int = -1) -> str:
    return sink.mails[number].part("plain")


# Asking


def test_a_sign_up_is_confirmed_by_a_button_behind_a_link(
    sink: Sink, sign_up: SignUp, client: Client
) -> None:
    answer = sign_up("Ann@Patient.Example")
    assert (answer.status_code, answer.url) == (303, "/newsletter/check-your-inbox/")
    assert b"within 3 minutes" in client.get(answer.url).content
    send_mails()

    assert sink.mails[0].recipients == ["ann@patient.example"]
    assert "If it was not you, do nothing" in text(sink)
    subscriber = Subscriber.objects.get()
    assert subscriber.status == Status.WAITING

    page = client.get(link_in(sink))
    assert b"Yes, subscribe" in page.content
    assert Subscriber.objects.get().status == Status.WAITING
    page = client.post(link_in(sink))
    assert b"You are subscribed" in page.content
    subscriber.refresh_from_db()
    assert (subscriber.status, subscriber.confirmed_at) == (Status.CONFIRMED, NOW)


def test_consent_is_kept_as_it_was_given(
    sink: Sink, sign_up: SignUp, client: Client, clock: Clock
) -> None:
    sign_up("ann@patient.example", page="/articles/micro-needling/")
    clock.shift(timedelta(minutes=2))
    send_mails()
    clock.shift(timedelta(minutes=3))
    client.post(link_in(sink))

    asked, confirmed = Consent.objects.order_by("at")
    assert asked.wording == wordings.wording(wordings.PRESENT)
    assert asked.wording_version == wordings.PRESENT
    assert (asked.kind, asked.at, asked.page) == (
        "asked",
        NOW,
        "/articles/micro-needling/",
    )
    assert (confirmed.kind, confirmed.at) == ("confirmed", NOW + timedelta(minutes=5))


@pytest.mark.parametrize(
    "page", ["http://evil.example/", "", "/a\r\nBcc: eve@evil.example"]
)
def test_a_page_that_is_none_is_not_noted(
    page: str, sink: Sink, sign_up: SignUp
) -> None:
    assert sign_up("ann@patient.example", page=page).status_code == 303
    send_mails()

    assert Consent.objects.get().page == ""


def test_the_ledger_keeps_the_wording_that_the_page_showed(
    sink: Sink, sign_up: SignUp, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = wordings.PRESENT
    text_shown = wordings.wording(shown)
    # The program is replaced; pages that were kept and mails that wait are older.
    monkeypatch.setitem(wordings.WORDINGS, "later", "News of all kinds, daily.")
    monkeypatch.setattr(forms, "PRESENT", "later")
    sign_up("ann@patient.example", wording=shown)
    sign_up("bob@patient.example", wording="later")
    send_mails()

    noted = dict(Consent.objects.values_list("subscriber__email", "wording"))
    assert noted == {
        "ann@patient.example": text_shown,
        "bob@patient.example": "News of all kinds, daily.",
    }


@pytest.mark.parametrize("version", ["", "2026-11 /x", "<b>"])
def test_nobody_agrees_to_a_wording_that_never_was(
    version: str, sink: Sink, sign_up: SignUp
) -> None:
    answer = sign_up("ann@patient.example", wording=version)

    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Please read what you agree to" in page
    assert f'name="wording" value="{wordings.PRESENT}"' in page
    assert "ann@patient.example" in page


def test_a_form_given_back_unchecked_names_the_wording_beside_it(
    sign_up: SignUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = wordings.PRESENT
    monkeypatch.setitem(wordings.WORDINGS, "later", "News of all kinds, daily.")
    monkeypatch.setattr(forms, "PRESENT", "later")
    page = sign_up("ann@patient.example", wording=shown, stamp="").content.decode()

    assert "Please send this once more" in page
    assert 'value="later" id="id_wording"' in page
    assert "ann@patient.example" in page


@pytest.mark.parametrize(
    ("reference", "page", "wording"),
    [
        (f"{NOW.isoformat()} 2026-11 /a/", "/a/", "2026-11"),
        (f"{NOW.isoformat()}  ", "", ""),
        # Of a version of the program that noted no wording.
        (f"{NOW.isoformat()} /a/", "/a/", ""),
        (f"{NOW.isoformat()} ", "", ""),
    ],
)
def test_a_mail_queued_by_any_version_of_the_program_is_sent(
    reference: str, page: str, wording: str
) -> None:
    assert how_asked(reference) == subscriptions.Asked(NOW, page, wording)


def test_no_wording_that_was_shown_is_changed() -> None:
    # The ledger may name it.
    assert wordings.wording("2026-11") == (
        "New articles and news from the clinic, about once a month. "
        "You can unsubscribe at any time by a link in every issue."
    )


def test_the_wording_of_the_ledger_stands_beside_every_button(
    client: Client, home: Any
) -> None:
    for path in ("/", "/newsletter/"):
        page = client.get(path).content.decode()
        assert escape(wordings.wording(wordings.PRESENT)) in page
        assert f'name="wording" value="{wordings.PRESENT}"' in page
    assert 'name="page" value="/"' in client.get("/").content.decode()


def test_the_answer_is_the_same_for_everyone(
    sink: Sink, sign_up: SignUp, client: Client
) -> None:
    subscribe("member@patient.example")
    subscriptions.ask("waiting@patient.example", subscriptions.Asked(NOW))
    gone = subscribe("gone@patient.example")
    subscriptions.erase(gone.public_id, NOW)

    answers = {
        (answer.status_code, answer.url, answer.content)
        for name in ("new", "member", "waiting", "gone")
        if (answer := sign_up(f"{name}@patient.example"))
    }
    assert len(answers) == 1


def test_the_same_work_is_done_for_everyone(
    sign_up: SignUp,
) -> None:
    subscribe("member@patient.example")
    subscriptions.ask("waiting@patient.example", subscriptions.Asked(NOW))
    sign_up("first@patient.example")
    shapes = []
    for name in ("new", "member", "waiting"):
        with CaptureQueriesContext(connection) as captured:
            sign_up(f"{name}@patient.example")
        shapes.append([re.sub(r"'[^']*'|\d+", "", q["sql"]) for q in captured])

    assert len(shapes[0]) == len(shapes[1]) == len(shapes[2])


def test_a_subscriber_who_asks_again_is_told_so(sink: Sink, sign_up: SignUp) -> None:
    subscribe()
    sign_up("ann@patient.example")
    send_mails()

    assert "subscribed already" in text(sink)
    assert Subscriber.objects.get().status == Status.CONFIRMED
    assert not ConfirmToken.objects.exists()


def test_nothing_that_was_typed_stands_in_the_mail(sink: Sink, sign_up: SignUp) -> None:
    sign_up("buy-pills-now@patient.example", page="/buy-pills-now/")
    send_mails()

    arrived = sink.mails[0]
    body = arrived.content.partition(b"\r\n\r\n")[2]
    assert b"pills" not in body
    assert b"pills" not in arrived.mail["Subject"].encode()


# Addresses


@pytest.mark.parametrize(
    "email",
    [
        "",
        "ann",
        "ann@patient.example\r\nBcc: eve@evil.example",
        "ann\0@patient.example",
        f"{'a' * 300}@patient.example",
        "ann@patient.example,eve@evil.example",
        '"ann"@patient.example',
        '"a b"@patient.example',
        "ann@patient.example>",
        "<ann@patient.example>",
        "a\u212aa@patient.example",
    ],
)
def test_what_is_no_address_is_refused_beside_the_field(
    email: str, sink: Sink, sign_up: SignUp
) -> None:
    answer = sign_up(email)
    send_mails()

    assert answer.status_code == 422
    assert "id_email_error" in answer.content.decode()
    assert escape(email.replace("\0", "")) in answer.content.decode().replace("\0", "")
    assert sink.mails == []


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        (" Ann@Patient.Example ", "ann@patient.example"),
        ("postmaster@patient.example", "postmaster@patient.example"),
        ("ann+news@patient.example", "ann+news@patient.example"),
        ("ann@bücher.example", "ann@xn--bcher-kva.example"),
    ],
)
def test_an_address_has_one_spelling(
    typed: str, stored: str, sink: Sink, sign_up: SignUp
) -> None:
    sign_up(typed)
    send_mails()

    assert [mail.recipients for mail in sink.mails] == [[stored]]


def test_one_address_is_one_subscriber_whatever_its_case() -> None:
    subscribe("ann@patient.example")

    with pytest.raises(IntegrityError), transaction.atomic():
        Subscriber.objects.create(email="ANN@patient.example", created_at=NOW)


def test_limits_see_through_tags_and_dots_but_people_keep_their_address() -> None:
    assert mailbox("a.n.n+x@googlemail.com") == mailbox("ann@gmail.com")
    assert mailbox("a.nn@patient.example") != mailbox("ann@patient.example")
    assert mailbox("+@patient.example") == "+@patient.example"
    assert normalised("A.nn+x@gmail.com") == "a.nn+x@gmail.com"


# Confirming


@pytest.mark.parametrize("method", ["get", "head"])
def test_a_scanner_that_follows_the_link_confirms_nobody(
    method: str, sink: Sink, sign_up: SignUp, client: Client
) -> None:
    sign_up("ann@patient.example")
    send_mails()
    for _ in range(3):
        answer = getattr(client, method)(link_in(sink))

    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Robots-Tag"] == "noindex"
    assert Subscriber.objects.get().status == Status.WAITING


def test_a_link_that_is_used_twice_says_that_all_is_done(
    sink: Sink, sign_up: SignUp, client: Client
) -> None:
    sign_up("ann@patient.example")
    send_mails()
    path = link_in(sink)
    client.post(path)

    assert b"You are subscribed" in client.post(path).content
    assert b"You are subscribed" in client.get(path).content
    assert Consent.objects.filter(kind="confirmed").count() == 1


def test_a_used_link_does_not_bring_back_who_left(
    sink: Sink, sign_up: SignUp, client: Client
) -> None:
    sign_up("ann@patient.example")
    send_mails()
    client.post(link_in(sink))
    subscriptions.unsubscribe(Subscriber.objects.get().public_id, NOW)

    assert client.post(link_in(sink)).status_code == 404
    assert Subscriber.objects.get().status == Status.UNSUBSCRIBED


def test_an_expired_link_offers_a_new_one(
    sink: Sink, sign_up: SignUp, client: Client, clock: Clock
) -> None:
    sign_up("ann@patient.example")
    send_mails()
    old = link_in(sink)
    clock.shift(timedelta(hours=72))

    assert client.get(old).status_code == 410
    assert client.post(old).status_code == 303
    assert Subscriber.objects.get().status == Status.WAITING
    send_mails()
    client.post(link_in(sink))
    assert Subscriber.objects.get().status == Status.CONFIRMED


def test_an_unknown_link_is_answered_kindly(client: Client) -> None:
    for method in (client.get, client.post):
        answer = method("/newsletter/confirm/unheard-of/")
        assert answer.status_code == 404
        assert b"Sign up once more" in answer.content


def test_tokens_are_stored_hashed_and_a_retry_makes_another(
    sink: Sink, sign_up: SignUp, client: Client, clock: Clock, settings: Settings
) -> None:
    sink.script = [Mode.BUSY]
    sign_up("ann@patient.example")
    send_mails()
    clock.shift(timedelta(minutes=6))
    send_mails()

    assert ConfirmToken.objects.count() == 2
    token = link_in(sink).split("/")[-2]
    assert len(token) >= 22
    stored = [
        bytes(digest) for digest in ConfirmToken.objects.values_list("pk", flat=True)
    ]
    assert token.encode() not in b"".join(stored)
    assert Consent.objects.filter(kind="asked").count() == 1
    client.post(link_in(sink))
    assert not ConfirmToken.objects.filter(used_at=None).exists()


def test_somebody_suppressed_signs_up_again_by_himself(
    sink: Sink, sign_up: SignUp, client: Client
) -> None:
    subscriptions.erase(subscribe().public_id, NOW)
    sign_up("ann@patient.example")
    send_mails()
    assert Suppression.objects.exists()
    client.post(link_in(sink))

    assert Subscriber.objects.get().status == Status.CONFIRMED
    assert not Suppression.objects.exists()


def test_unconfirmed_addresses_are_deleted_after_a_month() -> None:
    subscriptions.ask("ann@patient.example", subscriptions.Asked(NOW))
    subscribe("bob@patient.example")
    subscriptions.forget(NOW + timedelta(days=30))
    assert Subscriber.objects.count() == 2

    subscriptions.forget(NOW + timedelta(days=30, seconds=1))
    assert Subscriber.objects.get().email == "bob@patient.example"
    assert not Suppression.objects.exists()

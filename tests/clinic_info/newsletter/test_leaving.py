from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from clinic_info.newsletter import subscriber_files, subscriptions
from clinic_info.newsletter.models import Consent, Delivery, Subscriber, Suppression
from clinic_info.newsletter.tokens import (
    find_confirm_token,
    make_confirm_token,
    subscriber_id,
    unsubscribe_token,
)
from clinic_site.mail.delivery import MailServer
from clinic_site.mail.models import OutgoingMail
from clinic_site.mail.sending import give_up_lost
from tests.clinic_info.newsletter.conftest import NOW, Clock, send_mails, subscribe
from tests.clinic_info.newsletter.mailing import send, started
from tests.smtp_sink import Mode, Sink

Status = Subscriber.Status

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def path_of(subscriber: Subscriber) -> str:
    return f"/newsletter/unsubscribe/{unsubscribe_token(subscriber.public_id)}/"


def status(subscriber: Subscriber) -> str:
    return Subscriber.objects.get(pk=subscriber.pk).status


def test_a_link_is_always_the_same_and_cannot_be_guessed() -> None:
    ann, bob = subscribe(), subscribe("bob@patient.example")
    token = unsubscribe_token(ann.public_id)

    assert token == unsubscribe_token(ann.public_id)
    assert subscriber_id(token) == ann.public_id
    forged = unsubscribe_token(bob.public_id)[:21] + token[21:]
    for wrong in (forged, token[:-1], "", "x", "ü", f"{token}A"):
        assert subscriber_id(wrong) is None


@pytest.mark.parametrize("method", ["get", "head"])
def test_a_scanner_that_follows_the_link_changes_nothing(
    method: str, client: Client
) -> None:
    ann = subscribe()
    answer = getattr(client, method)(path_of(ann))

    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    assert status(ann) == Status.CONFIRMED


def test_a_bare_post_of_a_mail_provider_unsubscribes_and_twice_is_fine(
    client: Client,
) -> None:
    ann = subscribe()
    for _ in range(2):
        answer = client.post(path_of(ann), {"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
        assert b"You are unsubscribed" in answer.content

    assert status(ann) == Status.UNSUBSCRIBED
    assert Consent.objects.filter(kind="unsubscribed").count() == 1


@pytest.mark.parametrize("wish", ["", "stay", "data", "erase", "nonsense"])
def test_an_unknown_token_gets_the_answer_of_a_known_one(
    wish: str, client: Client
) -> None:
    known, erased = subscribe(), subscribe("bob@patient.example")
    subscriptions.erase(erased.public_id, NOW)
    paths = ["/newsletter/unsubscribe/unheard-of/", path_of(erased)]
    if wish != "stay":
        paths.append(path_of(known))

    answers = [client.post(path, {"wish": wish}) for path in paths]

    def shown(answer: Any) -> str:
        content = answer.content.decode()
        start, end = content.index("<main"), content.index("</main>")
        return content[start:end]

    assert {answer.status_code for answer in answers} == {200}
    assert len({shown(answer) for answer in answers}) == 1


def test_an_unsubscription_can_be_taken_back_for_a_day(
    client: Client, clock: Clock
) -> None:
    ann = subscribe()
    client.post(path_of(ann))
    assert Suppression.objects.count() == 1
    clock.shift(timedelta(hours=23))
    answer = client.post(path_of(ann), {"wish": "stay"})

    assert b"You stay subscribed" in answer.content
    assert status(ann) == Status.CONFIRMED
    assert not Suppression.objects.exists()


def test_after_a_day_only_a_hash_is_left(client: Client, clock: Clock) -> None:
    ann = subscribe()
    client.post(path_of(ann))
    clock.shift(timedelta(hours=24))
    subscriptions.forget(NOW + timedelta(hours=24))

    assert not Subscriber.objects.exists()
    assert Suppression.objects.count() == 1
    answer = client.post(path_of(ann), {"wish": "stay"})
    assert b"cannot be undone any more" in answer.content
    assert b"You are unsubscribed" in client.post(path_of(ann)).content


def test_data_is_sent_to_the_persons_own_address(client: Client, sink: Sink) -> None:
    ann = subscribe()
    for _ in range(2):
        answer = client.post(path_of(ann), {"wish": "data"})
    send_mails()

    assert b"ann@" not in answer.content
    assert [mail.recipients for mail in sink.mails] == [["ann@patient.example"]]
    assert "a paper form" in sink.mails[0].part("plain")


def test_delete_me_leaves_the_address_nowhere(
    client: Client, sink: Sink, sign_up: Callable[..., Any], tmp_path: Any
) -> None:
    sign_up("ann@patient.example")
    send_mails()
    ann = Subscriber.objects.get()
    subscriptions.confirm(ann.tokens.get(), NOW)
    client.post(path_of(ann), {"wish": "data"})
    answer = client.post(path_of(ann), {"wish": "erase"})

    assert b"Your data is deleted" in answer.content
    dump = tmp_path / "dump.json"
    call_command("dumpdata", output=str(dump))
    assert "ann@" not in dump.read_text().lower()
    with pytest.raises(subscriptions.SuppressedError):
        subscribe("ann@patient.example")
    file = b"email\nANN@patient.example\nben@patient.example\n"
    subscriber_files.store(*subscriber_files.read(file, "paper form"), NOW)
    assert Subscriber.objects.get().email == "ben@patient.example"


def test_who_was_deleted_signs_up_again_on_the_same_day(
    client: Client, sink: Sink, sign_up: Callable[..., Any], clock: Clock
) -> None:
    sign_up("ann@patient.example")
    send_mails()
    ann = Subscriber.objects.get()
    subscriptions.confirm(ann.tokens.get(), NOW)
    client.post(path_of(ann), {"wish": "erase"})
    clock.shift(timedelta(minutes=1))
    sign_up("ann@patient.example")
    send_mails()

    assert len(sink.mails) == 2
    # Else mail programs would take the second for a copy of the first.
    assert len({mail.mail["Message-ID"] for mail in sink.mails}) == 2
    subscriptions.confirm(Subscriber.objects.get().tokens.get(), NOW)
    assert Subscriber.objects.get().status == Status.CONFIRMED


def test_no_mail_that_waits_keeps_the_address_of_somebody_deleted(
    client: Client,
) -> None:
    ann = subscribe()
    client.post(path_of(ann), {"wish": "data"})
    assert OutgoingMail.objects.count() == 1
    client.post(path_of(ann), {"wish": "erase"})

    assert not OutgoingMail.objects.exists()


@pytest.mark.parametrize("way", ["erase", "purge"])
def test_no_mail_that_was_sent_points_to_somebody_deleted(
    way: str, client: Client, sink: Sink
) -> None:
    ann, bob = subscribe(), subscribe("bob@patient.example")
    for person in (ann, bob):
        client.post(path_of(person), {"wish": "data"})
    send_mails()
    if way == "erase":
        client.post(path_of(ann), {"wish": "erase"})
    else:
        subscriptions.unsubscribe(ann.public_id, NOW)
        subscriptions.forget(NOW + subscriptions.UNDO)

    assert OutgoingMail.objects.get().reference == str(bob.public_id)


def test_who_asked_for_a_confirmation_is_not_kept_by_its_mail(
    sink: Sink, sign_up: Callable[..., Any]
) -> None:
    sign_up("ann@patient.example")
    send_mails()
    sign_up("waiting@patient.example")
    sign_up("refused@patient.example")
    OutgoingMail.objects.filter(recipient__startswith="refused").update(status="failed")
    subscriptions.forget(NOW + timedelta(days=2))
    assert OutgoingMail.objects.count() == 3

    # Staff may still have the failed one sent; the other waits.
    subscriptions.forget(NOW + timedelta(days=2, minutes=1))
    left = OutgoingMail.objects.values_list("status", flat=True)
    assert sorted(left) == ["failed", "waiting"]


def test_a_confirmation_that_comes_after_the_erasure_does_nothing() -> None:
    waiting = subscriptions.ask("ann@patient.example", subscriptions.Asked(NOW))
    token = find_confirm_token(make_confirm_token(waiting, NOW))
    assert token is not None
    subscriptions.erase(waiting.public_id, NOW)

    assert not subscriptions.confirm(token, NOW)
    assert Suppression.objects.count() == 1


@pytest.mark.parametrize("mode", [Mode.OK, Mode.DROP, Mode.BUSY, Mode.REFUSED])
def test_delete_me_reaches_a_mail_that_is_being_sent(
    mode: Mode, client: Client, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = subscribe()
    client.post(path_of(ann), {"wish": "data"})
    sink.mode = mode
    deliver = MailServer.deliver

    def leave_meanwhile(*args: Any) -> None:
        subscriptions.erase(ann.public_id, NOW)
        assert not OutgoingMail.objects.filter(recipient=ann.email).exists()
        deliver(*args)

    monkeypatch.setattr(MailServer, "deliver", leave_meanwhile)
    send_mails()

    ended = "sent" if mode == Mode.OK else "not_needed"
    mail = OutgoingMail.objects.get()
    assert (mail.status, mail.recipient, mail.reference) == (ended, "", "")


def test_a_withdrawn_mail_of_a_dead_worker_is_needed_by_nobody(client: Client) -> None:
    ann = subscribe()
    client.post(path_of(ann), {"wish": "data"})
    OutgoingMail.objects.update(status="sending", owner="x", leased_until=NOW)
    subscriptions.erase(ann.public_id, NOW)

    assert give_up_lost(NOW) == 0
    assert OutgoingMail.objects.get().status == OutgoingMail.Status.NOT_NEEDED


def test_a_stranger_changes_nothing_for_somebody_who_left() -> None:
    ann = subscribe()
    subscriptions.unsubscribe(ann.public_id, NOW)
    subscriptions.ask(ann.email, subscriptions.Asked(NOW))
    assert status(ann) == Status.UNSUBSCRIBED
    assert subscriptions.take_back(ann.public_id, NOW)

    subscriptions.unsubscribe(ann.public_id, NOW)
    subscriptions.ask(ann.email, subscriptions.Asked(NOW))
    subscriptions.forget(NOW + subscriptions.UNDO)
    assert not Subscriber.objects.exists()


def test_who_stays_after_all_gets_the_issue_that_passed_over_him(sink: Sink) -> None:
    started("ann", "bob")
    ann = Subscriber.objects.get(email="ann@patient.example")
    Delivery.objects.filter(subscriber=ann).update(status="skipped")
    subscriptions.unsubscribe(ann.public_id, NOW)
    assert subscriptions.take_back(ann.public_id, NOW)

    assert send() == 2


def test_an_address_that_bounced_is_kept_for_a_time() -> None:
    ann = subscribe()
    subscriptions.note_bounce(ann.pk, NOW)
    subscriptions.forget(NOW + subscriptions.KEEP_BOUNCED - timedelta(minutes=1))
    assert status(ann) == Status.BOUNCED
    subscriptions.forget(NOW + subscriptions.KEEP_BOUNCED)

    assert not Subscriber.objects.exists()

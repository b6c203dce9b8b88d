from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail as django_mail
from django.core.mail import EmailMessage
from django.db import IntegrityError, connection, transaction
from pytest_django import Settings

from clinic_site.mail import sending
from clinic_site.mail.models import OutgoingMail
from clinic_site.mail.queue import queue, send_again, withdraw
from tests.clinic_site.mail.kinds import MAIL_KINDS, meanwhile
from tests.smtp_sink import Mode, Sink, Stage

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
Status = OutgoingMail.Status


@pytest.fixture(autouse=True)
def _kinds(settings: Settings) -> None:
    settings.MAIL_KINDS = MAIL_KINDS


def put(key: str = "hello:1", reference: str = "1") -> OutgoingMail:
    queue(
        "hello",
        key=key,
        recipient="ann@patient.example",
        reference=reference,
        now=NOW,
    )
    return OutgoingMail.objects.get(key=key)


def send(now: datetime = NOW) -> int:
    return sending.send_due(now, clock=lambda: now)


def changed(mail: OutgoingMail) -> OutgoingMail:
    mail.refresh_from_db()
    return mail


# Queueing


@pytest.mark.django_db
def test_a_mail_queued_twice_is_one_mail(sink: Sink) -> None:
    first = queue("hello", key="a", recipient="ann@patient.example", now=NOW)
    again = queue("hello", key="a", recipient="bob@patient.example", now=NOW)

    assert (first, again) == (True, False)
    assert send() == 1
    assert queue("hello", key="a", recipient="ann@patient.example", now=NOW) is False
    assert send() == 0
    assert len(sink.mails) == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "recipient",
    [
        "",
        "ann",
        "ann@patient.example\nBcc: eve@evil.example",
        "ann\0@patient.example",
        f"{'a' * 300}@patient.example",
        "ann@patient.example,eve@evil.example",
    ],
)
def test_only_an_address_is_queued(recipient: str) -> None:
    with pytest.raises(ValueError, match="recipient") as raised:
        queue("hello", key="a", recipient=recipient, now=NOW)

    assert "patient" not in str(raised.value)
    assert not OutgoingMail.objects.exists()


@pytest.mark.django_db
def test_only_known_kinds_are_queued() -> None:
    with pytest.raises(LookupError):
        queue("unheard-of", key="a", recipient="ann@patient.example", now=NOW)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_mail_goes_out_after_its_cause_is_stored_and_not_without_it() -> None:
    with transaction.atomic():
        put()
        assert django_mail.outbox == []
    assert [mail.subject for mail in django_mail.outbox] == ["Hello 1"]

    with transaction.atomic():
        put("hello:2")
        transaction.set_rollback(True)
    assert not OutgoingMail.objects.filter(key="hello:2").exists()
    assert len(django_mail.outbox) == 1


# Sending


@pytest.mark.django_db
def test_a_sent_mail_forgets_its_recipient(sink: Sink) -> None:
    mail = put()

    assert send() == 1
    assert (changed(mail).status, mail.recipient) == (Status.SENT, "")
    assert sink.mails[0].recipients == ["ann@patient.example"]


@pytest.mark.django_db
def test_a_mail_that_is_no_longer_needed_is_not_sent(sink: Sink) -> None:
    mail = put(reference="gone")

    assert send() == 0
    assert (changed(mail).status, mail.recipient) == (Status.NOT_NEEDED, "")
    assert sink.mails == []


@pytest.mark.django_db
def test_a_mail_that_cannot_be_built_holds_up_no_other(sink: Sink) -> None:
    broken, fine = put("broken", "broken"), put("fine")

    assert send() == 1
    assert changed(fine).status == Status.SENT
    assert (changed(broken).status, broken.outcome) == (Status.WAITING, "ValueError")


@pytest.mark.django_db
def test_a_busy_server_is_tried_five_times_in_a_day(sink: Sink) -> None:
    sink.mode = Mode.BUSY
    mail = put()
    tries = 0
    # Every five minutes for two days.
    for step in range(2 * 24 * 12):
        now = NOW + timedelta(minutes=5 * step)
        send(now)
        if changed(mail).attempts > tries:
            tries, last = mail.attempts, now

    assert tries == 5
    assert timedelta(hours=20) < last - NOW <= timedelta(days=1)
    assert (mail.status, mail.outcome) == (Status.FAILED, "content 451")
    ids = {arrived.mail["Message-ID"] for arrived in sink.mails}
    assert ids == set()


@pytest.mark.django_db
def test_each_try_has_the_same_message_id(sink: Sink) -> None:
    sink.script = [Mode.DROP]
    mail = put()
    send()
    send_again(mail.pk, NOW)
    send()

    first, second = (arrived.mail for arrived in sink.mails)
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Message-ID"].endswith("@localhost>")


@pytest.mark.django_db
def test_a_refused_mail_failed_and_waits_for_a_person(sink: Sink) -> None:
    sink.stage, sink.script = Stage.RECIPIENT, [Mode.REFUSED]
    mail = put()
    send()

    assert (changed(mail).status, mail.outcome) == (
        Status.FAILED,
        "recipient 550 5.1.1",
    )
    assert list(OutgoingMail.objects.needing_a_person()) == [mail]
    assert send(NOW + timedelta(days=2)) == 0
    assert send_again(mail.pk, NOW)
    assert not send_again(mail.pk, NOW)
    assert send() == 1


@pytest.mark.django_db
def test_an_answer_that_never_came_is_not_tried_again(sink: Sink) -> None:
    sink.script = [Mode.DROP]
    mail = put()
    send()

    assert (changed(mail).status, mail.recipient) == (
        Status.UNKNOWN,
        "ann@patient.example",
    )
    assert send(NOW + timedelta(days=2)) == 0
    assert len(sink.mails) == 1


@pytest.mark.django_db
def test_a_server_that_is_not_reached_costs_no_try_and_is_then_left_alone(
    sink: Sink,
) -> None:
    sink.stage, sink.script = Stage.SENDER, [Mode.GOODBYE]
    mails = [put(f"hello:{number}") for number in range(3)]

    assert send() == 0
    assert sorted(changed(mail).attempts for mail in mails) == [0, 0, 0]
    assert send(NOW + timedelta(seconds=30)) == 0
    assert sink.connections == 1
    assert send(NOW + timedelta(seconds=61)) == 2
    assert send(NOW + timedelta(minutes=6)) == 1


@pytest.mark.django_db
def test_a_server_that_is_away_for_days_loses_no_mail(sink: Sink) -> None:
    mail, end = put(), NOW + timedelta(days=3)
    sink.stage, sink.script = Stage.SENDER, [Mode.GOODBYE] * 40
    for hours in range(40):
        assert send(NOW + timedelta(hours=2 * hours)) == 0

    sink.script.clear()
    assert send(end + timedelta(days=1)) == 1
    assert changed(mail).status == Status.SENT


@pytest.mark.django_db
def test_a_mail_that_was_not_needed_may_be_needed_later(sink: Sink) -> None:
    mail = put()
    OutgoingMail.objects.update(status=Status.NOT_NEEDED, recipient="")

    assert send() == 0
    assert put().pk == mail.pk
    assert send() == 1
    put()
    assert send() == 0


@pytest.mark.django_db
def test_a_mail_queued_again_while_it_is_found_needless_is_sent_after_all(
    sink: Sink,
) -> None:
    mail = put(reference="meanwhile")
    later = NOW + timedelta(seconds=1)

    def queue_again() -> None:
        queue(
            "hello",
            key=mail.key,
            recipient="ann.new@patient.example",
            reference="meanwhile",
            now=later,
        )

    meanwhile.append(queue_again)

    assert send() == 1
    assert [arrived.recipients for arrived in sink.mails] == [
        ["ann.new@patient.example"]
    ]
    assert changed(mail).status == Status.SENT
    queue_again()
    assert send(later) == 0


@pytest.mark.django_db
def test_a_mail_queued_again_while_it_goes_out_goes_out_once(
    sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail = put()
    deliver = sending.MailServer.deliver

    def deliver_and_queue(server: sending.MailServer, built: EmailMessage) -> None:
        deliver(server, built)
        put()

    monkeypatch.setattr(sending.MailServer, "deliver", deliver_and_queue)

    assert send() == 1
    assert send(NOW + timedelta(days=1)) == 0
    assert len(sink.mails) == 1
    assert (changed(mail).status, mail.recipient) == (Status.SENT, "")


@pytest.mark.django_db
def test_a_mail_withdrawn_while_it_is_built_is_not_sent_though_queued_before(
    sink: Sink,
) -> None:
    mail = put(reference="meanwhile")

    def queue_and_withdraw() -> None:
        queue(
            "hello",
            key=mail.key,
            recipient=mail.recipient,
            reference="meanwhile",
            now=NOW + timedelta(seconds=1),
        )
        withdraw("hello", mail.recipient)

    meanwhile.append(queue_and_withdraw)

    assert send() == 0
    assert (changed(mail).status, mail.recipient) == (Status.NOT_NEEDED, "")


@pytest.mark.django_db
def test_a_round_ends_after_a_minute(sink: Sink) -> None:
    for number in range(3):
        put(f"hello:{number}")
    times = iter([NOW, NOW + timedelta(seconds=61)])

    assert sending.send_due(NOW, clock=lambda: next(times)) == 1


@pytest.mark.django_db
def test_a_mail_whose_worker_died_is_doubtful(sink: Sink) -> None:
    mail = put()
    assert sending._claim("dead", NOW)

    assert send(NOW + sending.LEASE - timedelta(seconds=1)) == 0
    assert changed(mail).status == Status.SENDING
    send(NOW + sending.LEASE)
    assert (changed(mail).status, mail.owner) == (Status.UNKNOWN, "")
    assert sink.mails == []


@pytest.mark.django_db
def test_addresses_of_failed_mails_are_erased_after_a_month(sink: Sink) -> None:
    sink.mode = Mode.REFUSED
    failed = put()
    send()
    waiting = put("hello:2")

    sending.forget_mails(NOW + timedelta(days=31))
    assert changed(failed).recipient == ""
    assert not send_again(failed.pk, NOW)
    assert changed(waiting).recipient

    sending.forget_mails(NOW + timedelta(days=401))
    assert list(OutgoingMail.objects.all()) == [waiting]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [
        {"status": "sent"},
        {"status": "sending"},
        {"owner": "worker"},
        {"recipient": ""},
        {"status": "lost"},
    ],
)
def test_the_database_refuses_contradictions(wrong: dict[str, str]) -> None:
    mail = put()
    with pytest.raises(IntegrityError), transaction.atomic():
        OutgoingMail.objects.filter(pk=mail.pk).update(**wrong)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_many_workers_send_each_mail_once(
    sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clinic_site.mail.queue.send_soon", lambda: None)
    for number in range(40):
        put(f"hello:{number}", str(number))

    def work(_worker: int) -> int:
        try:
            return send()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        sent = sum(threads.map(work, range(4)))

    assert sent == 40
    subjects = [arrived.mail["Subject"] for arrived in sink.mails]
    assert sorted(subjects) == sorted(f"Hello {number}" for number in range(40))


@pytest.mark.django_db
def test_the_log_names_nobody(sink: Sink, caplog: pytest.LogCaptureFixture) -> None:
    sink.script = [Mode.REFUSED, Mode.DROP, Mode.GOODBYE]
    for number in range(3):
        put(f"hello:{number}")
    send()

    assert len(caplog.records) == 3
    assert "patient" not in caplog.text

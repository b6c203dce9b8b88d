import socket
import time

import pytest
from django.core import mail as django_mail
from django.core.mail import EmailMessage
from pytest_django import Settings

from clinic_site.mail.delivery import (
    DeliveryError,
    MailServer,
    PermanentError,
    Stage,
    TemporaryError,
    UnknownOutcomeError,
    UnreachableError,
)
from tests.smtp_sink import Mode, Sink
from tests.smtp_sink import Stage as At


def mail(text: str = "Hello", to: str = "ann@patient.example") -> EmailMessage:
    return EmailMessage("Subject", text, "clinic@clinic.example", [to])


def outcome(server: MailServer, message: EmailMessage | None = None) -> DeliveryError:
    with pytest.raises(DeliveryError) as raised:
        server.deliver(message or mail())
    return raised.value


def test_many_mails_go_over_one_connection(sink: Sink) -> None:
    with MailServer() as server:
        for number in range(3):
            server.deliver(mail(to=f"p{number}@patient.example"))

    assert [arrived.recipients for arrived in sink.mails] == [
        ["p0@patient.example"],
        ["p1@patient.example"],
        ["p2@patient.example"],
    ]
    assert sink.connections == 1


def test_what_is_sent_arrives_as_it_was(sink: Sink) -> None:
    text = "Grüße\n.\n.. dots\nbare\rreturn\n" + "long " * 400 + "\n"
    with MailServer() as server:
        server.deliver(mail(text))

    assert sink.mails[0].part("plain") == text.replace("\r", "\n")


@pytest.mark.parametrize(
    ("stage", "mode", "error", "code"),
    [
        (At.RECIPIENT, Mode.BUSY, TemporaryError, 451),
        (At.RECIPIENT, Mode.REFUSED, PermanentError, 550),
        (At.RECIPIENT, Mode.GOODBYE, UnreachableError, 421),
        (At.RECIPIENT, Mode.DROP, UnreachableError, None),
        (At.RECIPIENT, Mode.HANG, UnreachableError, None),
        (At.CONTENT, Mode.BUSY, TemporaryError, 451),
        (At.CONTENT, Mode.REFUSED, PermanentError, 550),
        (At.CONTENT, Mode.GOODBYE, UnreachableError, 421),
        (At.CONTENT, Mode.DROP, UnknownOutcomeError, None),
        (At.CONTENT, Mode.HANG, UnknownOutcomeError, None),
        # The sender is the same for every mail: it is no fault of this one.
        (At.SENDER, Mode.REFUSED, UnreachableError, 550),
    ],
)
def test_each_outcome_is_told_apart(
    sink: Sink, stage: At, mode: Mode, error: type[DeliveryError], code: int | None
) -> None:
    sink.stage, sink.script = stage, [mode]
    began = time.monotonic()
    with MailServer() as server:
        found = outcome(server)
        # Whatever it was, the next mail goes out.
        server.deliver(mail("next"))

    assert type(found) is error
    assert (found.stage.value, found.code) == (stage.value, code)
    assert "patient" not in str(found)
    assert [arrived.part("plain") for arrived in sink.mails][-1] == "next\n"
    assert time.monotonic() - began < 5


def test_a_slow_server_is_waited_for(sink: Sink) -> None:
    sink.mode = Mode.SLOW
    with MailServer() as server:
        server.deliver(mail())

    assert len(sink.mails) == 1


def test_a_kept_connection_that_was_closed_meanwhile_is_made_anew(sink: Sink) -> None:
    sink.stage = At.SENDER
    with MailServer() as server:
        server.deliver(mail())
        sink.script = [Mode.GOODBYE]
        server.deliver(mail())
        sink.script = [Mode.DROP]
        server.deliver(mail())

    assert len(sink.mails) == 3
    assert sink.connections == 3


def test_a_server_that_is_not_there_may_be_tried_again(settings: Settings) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = taken.getsockname()
        found = outcome(MailServer())

    assert type(found) is UnreachableError
    assert found.stage == Stage.CONNECTION


def test_a_server_without_tls_gets_nothing_in_plain_text(
    sink: Sink, settings: Settings
) -> None:
    settings.EMAIL_USE_TLS = True

    assert type(outcome(MailServer())) is UnreachableError
    assert sink.mails == []


def test_a_wrong_password_is_no_fault_of_the_mail(
    sink: Sink, settings: Settings
) -> None:
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "clinic", "wrong"

    assert type(outcome(MailServer())) is UnreachableError


@pytest.mark.parametrize(
    "address",
    [
        "ann@patient.example\r\nBcc: eve@evil.example",
        "ann@patient.example>\r\nRCPT TO:<eve@evil.example",
        "ann@patient.example, eve@evil.example",
        "",
        "ann\0@patient.example",
    ],
)
def test_an_address_cannot_add_a_recipient(sink: Sink, address: str) -> None:
    with MailServer() as server, pytest.raises(ValueError, match=r".+"):
        server.deliver(mail(to=address))

    assert sink.mails == []


def test_a_mail_goes_to_one_person(sink: Sink) -> None:
    message = mail()
    message.bcc = ["eve@evil.example"]
    with MailServer() as server, pytest.raises(ValueError, match="one recipient"):
        server.deliver(message)


def test_other_backends_work(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    with MailServer() as server:
        server.deliver(mail())
        server.deliver(mail())

    assert len(django_mail.outbox) == 2

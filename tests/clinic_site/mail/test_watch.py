import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread

import pytest
from django.core.mail import EmailMessage
from pytest_django import Settings

from clinic_site.mail.delivery import (
    DeliveryError,
    MailServer,
    Stage,
    UnknownOutcomeError,
    UnreachableError,
)
from clinic_site.mail.watch import LOOK_SECONDS, within
from tests.smtp_sink import Sink, use

MOST_SECONDS = 0.8


@contextmanager
def dribbling(answers: list[bytes]) -> Iterator[int]:
    """Run a server that gives these answers, then a byte now and then; yield its port."""
    ended = Event()

    def serve(listener: socket.socket) -> None:
        with suppress(OSError):
            client, _address = listener.accept()
            with client:
                for answer in answers:
                    client.sendall(answer)
                    data = client.recv(65536)
                    while data.endswith(b"\n") is False or (
                        answer.startswith(b"354") and not data.endswith(b"\r\n.\r\n")
                    ):
                        data += client.recv(65536)
                client.sendall(b"250")
                while not ended.wait(0.1):
                    client.sendall(b"-")

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        Thread(target=serve, args=[listener], daemon=True).start()
        try:
            yield listener.getsockname()[1]
        finally:
            ended.set()


@pytest.mark.parametrize(
    ("answers", "error", "stage"),
    [
        ([], UnreachableError, Stage.CONNECTION),
        ([b"220 hello\r\n", b"250 hello\r\n"], UnreachableError, Stage.SENDER),
        (
            [
                b"220 hello\r\n",
                b"250 hello\r\n",
                b"250 ok\r\n",
                b"250 ok\r\n",
                b"354 go\r\n",
            ],
            UnknownOutcomeError,
            Stage.CONTENT,
        ),
    ],
)
def test_a_server_that_never_finishes_a_line_does_not_hold_up_the_worker(
    answers: list[bytes],
    error: type[DeliveryError],
    stage: Stage,
    settings: Settings,
) -> None:
    mail = EmailMessage("Hello", "Text", "a@clinic.example", ["b@patient.example"])
    with dribbling(answers) as port:
        # Each byte comes well within the time of a socket.
        use(Sink(port=port), settings, seconds=5)
        begun = time.monotonic()
        with MailServer(MOST_SECONDS) as server, pytest.raises(error) as raised:
            server.deliver(mail)

    assert raised.value.stage == stage
    assert time.monotonic() - begun < 2 * MOST_SECONDS + 4 * LOOK_SECONDS


def test_what_a_function_raises_comes_out() -> None:
    with pytest.raises(ZeroDivisionError):
        within(1, lambda: 1 / 0)

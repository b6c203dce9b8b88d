"""A real mail server that keeps what it is sent, and behaves badly on request."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from enum import StrEnum
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from pytest_django import Settings

LOOPBACK = "127.0.0.1"
HANGS_SECONDS = 60


class Mode(StrEnum):
    """How the server answers at its stage; OK accepts."""

    OK = "ok"
    BUSY = "451"
    GOODBYE = "421"
    REFUSED = "550"
    DENIED = "554"
    SLOW = "slow"
    HANG = "hang"
    DROP = "drop"


class Stage(StrEnum):
    SENDER = "sender"
    RECIPIENT = "recipient"
    # After the content was received: what is accepted or dropped there has arrived.
    CONTENT = "content"


@dataclass
class Arrived:
    """A mail as it came in."""

    sender: str
    recipients: list[str]
    content: bytes

    @property
    def mail(self) -> EmailMessage:
        parsed = message_from_bytes(self.content, policy=policy.default)
        return cast(EmailMessage, parsed)

    def part(self, subtype: str) -> str:
        """Return the text of the plain or the html part."""
        body = self.mail.get_body((subtype,))
        assert body is not None
        return str(body.get_content()).replace("\r\n", "\n")


@dataclass
class Sink:
    """The server. `mode` and `stage` may be changed while it runs; `script` comes first."""

    mode: Mode = Mode.OK
    stage: Stage = Stage.CONTENT
    # Modes for the next mails at this stage, one each; afterwards `mode` holds.
    script: list[Mode] = field(default_factory=list)
    slow_seconds: float = 0.2
    mails: list[Arrived] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    async def handle_EHLO(
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        session.host_name = hostname
        self.connections += 1
        return responses

    async def handle_MAIL(
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        envelope.mail_from = address
        return await self._answer(Stage.SENDER, server)

    async def handle_RCPT(
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        answer = await self._answer(Stage.RECIPIENT, server)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        mode = self._next(Stage.CONTENT)
        if mode in {Mode.OK, Mode.SLOW, Mode.DROP}:
            self.mails.append(
                Arrived(
                    str(envelope.mail_from),
                    list(envelope.rcpt_tos),
                    bytes(envelope.original_content or b""),
                )
            )
        return await self._behave(mode, server)

    def _next(self, stage: Stage) -> Mode:
        if stage != self.stage:
            return Mode.OK
        return self.script.pop(0) if self.script else self.mode

    async def _answer(self, stage: Stage, server: SMTP) -> str:
        return await self._behave(self._next(stage), server)

    async def _behave(self, mode: Mode, server: SMTP) -> str:
        if mode == Mode.SLOW:
            await asyncio.sleep(self.slow_seconds)
        elif mode == Mode.HANG:
            await asyncio.sleep(HANGS_SECONDS)
        elif mode == Mode.DROP:
            cast(Any, server.transport).abort()
        elif mode == Mode.GOODBYE:
            asyncio.get_running_loop().call_later(
                0.05, cast(Any, server).transport.close
            )
        answers = {
            Mode.BUSY: "451 Try again later",
            Mode.GOODBYE: "421 Closing",
            Mode.REFUSED: "550 5.1.1 No such person here",
            Mode.DENIED: "554 5.7.1 Relay access denied",
        }
        return answers.get(mode, "250 OK")


class _Controller(Controller):
    """Takes any free port."""

    def _trigger_server(self) -> None:
        # Before it says that it runs it connects to itself, for which it needs the port.
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def running(sink: Sink, **options: Any) -> Iterator[Sink]:
    """Run a sink on a free port of this machine; its port is in `sink.port`."""
    controller = _Controller(sink, hostname=LOOPBACK, port=0, **options)
    controller.start()
    try:
        sink.port = controller.port
        yield sink
    finally:
        controller.stop()


def use(sink: Sink, settings: Settings, seconds: float = 1) -> None:
    """Have the site send its mail to a sink, waiting so long for each answer."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = LOOPBACK
    settings.EMAIL_PORT = sink.port
    settings.EMAIL_TIMEOUT = seconds
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""

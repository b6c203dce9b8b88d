"""Handing one mail to the mail server, and telling what became of it.

Django's SMTP backend makes the connection. It does not send here: of an error it cannot tell
whether it came before the mail was handed over, when it may be tried again, or after that,
when nobody knows. So the few commands are given one by one.
"""

import re
import smtplib
from collections.abc import Callable
from email.utils import parseaddr
from enum import StrEnum
from types import TracebackType
from typing import Self

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend as SMTPBackend
from django.core.mail.message import sanitize_address

from clinic_site.mail.watch import Watch, within

# Half of what a worker's claim on a mail lasts, or less.
MOST_SECONDS = 120
# These codes for addresses speak of the sender's.
ABOUT_SENDER = {"5.1.7", "5.1.8"}


class Stage(StrEnum):
    """How far the conversation with the server had come."""

    CONNECTION = "connection"
    SENDER = "sender"
    RECIPIENT = "recipient"
    CONTENT = "content"


class DeliveryError(Exception):
    """A mail was not accepted. Its text names stage and codes, never an address.

    `detail` is the server's enhanced code (RFC 3463), "" if it gave none.
    """

    def __init__(self, stage: Stage, code: int | None = None, detail: str = "") -> None:
        said = f"{stage} {code} {detail}".rstrip()
        super().__init__(said if code else f"{stage}: no answer")
        self.stage = stage
        self.code = code
        self.detail = detail


class TemporaryError(DeliveryError):
    """The server does not take the mail now (4xx): it may be tried again."""


class UnreachableError(TemporaryError):
    """The server is not there or refuses us: nothing was handed over, others fare alike."""


class PermanentError(DeliveryError):
    """The server will not take the mail (5xx)."""

    @property
    def is_bad_address(self) -> bool:
        """Tell whether the server says that the recipient is not there.

        Whatever else it says, of relaying or blocking for instance, is about us.
        """
        return (
            self.stage == Stage.RECIPIENT
            and self.detail.startswith("5.1.")
            and self.detail not in ABOUT_SENDER
        )


class UnknownOutcomeError(DeliveryError):
    """The mail was handed over and no answer came: it may have arrived. Do not resend."""


class MailServer:
    """A connection that is opened for the first mail and kept for the next ones.

    Each answer of the server is waited for EMAIL_TIMEOUT seconds at most, and a connection
    or a mail takes no longer than `most_seconds`, however slowly the server speaks.
    """

    def __init__(self, most_seconds: float = MOST_SECONDS) -> None:
        self._backend: BaseEmailBackend | None = None
        self._watch: Watch | None = None
        self._most_seconds = most_seconds

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Take leave of the server; whether it hears that does not matter."""
        backend, self._backend = self._backend, None
        watch, self._watch = self._watch, None
        if not isinstance(backend, SMTPBackend):
            if backend is not None:
                backend.close()
            return
        smtp, backend.connection = backend.connection, None
        if smtp is not None:
            if watch is not None:
                watch.begin(self._most_seconds)
            try:
                smtp.quit()
            except (OSError, ValueError):
                smtp.close()
        if watch is not None:
            watch.end()

    def deliver(self, mail: EmailMessage) -> None:
        """Return once the server has accepted a mail to one recipient. Raises DeliveryError.

        A mail that cannot be written down, by its addresses or headers, raises ValueError
        before anything is sent.
        """
        content = _content(mail)
        sender, recipient = _envelope(mail)
        self.deliver_content(sender, recipient, content, lambda: mail)

    def deliver_content(
        self,
        sender: str,
        recipient: str,
        content: bytes,
        mail: Callable[[], EmailMessage],
    ) -> None:
        """Deliver a mail that is written down already, as SMTP takes it.

        `mail` makes the same mail for backends that are not SMTP. Raises DeliveryError.
        """
        was_open = self._backend is not None
        smtp = self._smtp()
        if smtp is None:
            self._hand_to_backend(mail())
            return
        try:
            self._converse(smtp, sender, recipient, content, was_open)
        finally:
            if self._watch is not None:
                self._watch.pause()

    # Only what stands above is for others.

    def _converse(
        self,
        smtp: smtplib.SMTP,
        sender: str,
        recipient: str,
        content: bytes,
        was_open: bool,
    ) -> None:
        try:
            self._begin(smtp, sender, content)
        except UnreachableError:
            if not was_open:
                raise
            # A kept connection may have been closed meanwhile. Nothing was said yet.
            self._drop()
            again = self._smtp()
            if again is None:
                raise
            smtp = again
            self._begin(smtp, sender, content)
        self._expect(smtp, Stage.RECIPIENT, f"RCPT TO:<{recipient}>", {250, 251})
        self._expect(smtp, Stage.CONTENT, "DATA", {354})
        self._hand_over(smtp, content)

    def _smtp(self) -> smtplib.SMTP | None:
        """Return the open connection, None if mail does not leave by SMTP.

        Where there is one, the time for a mail begins.
        """
        if self._backend is None:
            backend = get_connection()
            if isinstance(backend, SMTPBackend):
                try:
                    within(self._most_seconds, backend.open)
                except (OSError, ValueError) as error:
                    # Refused, no TLS, wrong password: smtplib's errors are OSErrors.
                    code = getattr(error, "smtp_code", None)
                    raise UnreachableError(Stage.CONNECTION, code) from error
                self._watch = Watch(backend.connection)
            self._backend = backend
        if not isinstance(self._backend, SMTPBackend):
            return None
        if self._watch is not None:
            self._watch.begin(self._most_seconds)
        return self._backend.connection

    def _hand_to_backend(self, mail: EmailMessage) -> None:
        """Give a mail to a backend that is not SMTP and tells nothing but "done"."""
        assert self._backend is not None  # noqa: S101 (for the type)
        try:
            sent = self._backend.send_messages([mail])
        except OSError as error:
            raise UnknownOutcomeError(Stage.CONTENT) from error
        if sent == 0:
            raise TemporaryError(Stage.CONTENT)

    def _begin(self, smtp: smtplib.SMTP, sender: str, content: bytes) -> None:
        try:
            smtp.ehlo_or_helo_if_needed()
        except OSError as error:
            self._drop()
            raise UnreachableError(Stage.CONNECTION) from error
        eight_bit = not content.isascii() and smtp.has_extn("8bitmime")
        options = " BODY=8BITMIME" if eight_bit else ""
        self._expect(smtp, Stage.SENDER, f"MAIL FROM:<{sender}>{options}", {250})

    def _expect(
        self, smtp: smtplib.SMTP, stage: Stage, command: str, codes: set[int]
    ) -> None:
        """Give a command before the mail is handed over; raise unless it is answered so."""
        try:
            code, answer = smtp.docmd(command)
        except OSError as error:
            self._drop()
            raise UnreachableError(stage) from error
        if code not in codes:
            self._refused(smtp, stage, code, answer)

    def _hand_over(self, smtp: smtplib.SMTP, content: bytes) -> None:
        try:
            # It fails only with the mail's end unsent: the server must throw away the rest.
            smtp.send(content)
        except OSError as error:
            self._drop()
            raise UnreachableError(Stage.CONTENT) from error
        try:
            code, answer = smtp.getreply()
        except OSError as error:
            self._drop()
            raise UnknownOutcomeError(Stage.CONTENT) from error
        if 200 <= code < 300:
            return
        if not 400 <= code < 600:
            self._drop()
            raise UnknownOutcomeError(Stage.CONTENT, code)
        self._refused(smtp, Stage.CONTENT, code, answer)

    def _refused(
        self, smtp: smtplib.SMTP, stage: Stage, code: int, answer: bytes
    ) -> None:
        """Make the connection ready for the next mail, and raise what the code means."""
        # 421 says goodbye; a sender who is not let in concerns every mail; the rest is no SMTP.
        is_permanent = 500 <= code < 600
        if (
            code == 421
            or (is_permanent and stage == Stage.SENDER)
            or not 400 <= code < 600
        ):
            self._drop()
            raise UnreachableError(stage, code)
        try:
            smtp.rset()
        except OSError:
            self._drop()
        if is_permanent:
            raise PermanentError(stage, code, _enhanced(answer))
        raise TemporaryError(stage, code)

    def _drop(self) -> None:
        """Leave a connection that is no good any more, without a word."""
        backend, self._backend = self._backend, None
        watch, self._watch = self._watch, None
        if watch is not None:
            watch.end()
        if isinstance(backend, SMTPBackend) and backend.connection is not None:
            backend.connection.close()


def _enhanced(answer: bytes) -> str:
    """Return the enhanced code with which an answer begins, "" if there is none."""
    found = re.match(rb"[245]\.\d{1,3}\.\d{1,3}(?!\S)", answer)
    return found[0].decode() if found else ""


def _content(mail: EmailMessage) -> bytes:
    """Return a mail as SMTP takes it: lines end in CRLF, dots doubled, a dot at the end."""
    raw = mail.message().as_bytes().replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    # A mail begins with a header: no line before the first break begins with a dot.
    raw = raw.rstrip(b"\n").replace(b"\0", b"").replace(b"\n.", b"\n..")
    return (raw + b"\n.\n").replace(b"\n", b"\r\n")


def _envelope(mail: EmailMessage) -> tuple[str, str]:
    """Return sender and recipient, without names. Raises ValueError for what is neither."""
    recipients = mail.recipients()
    if len(recipients) != 1:
        raise ValueError("a mail goes to one recipient")
    encoding = mail.encoding or settings.DEFAULT_CHARSET
    addresses = [
        parseaddr(sanitize_address(address, str(encoding)))[1]
        for address in (mail.from_email, recipients[0])
    ]
    for address in addresses:
        if not address.isascii() or not re.fullmatch(r"[^\s<>\x00-\x1f\x7f]+", address):
            raise ValueError("not an address that mail servers understand")
    return addresses[0], addresses[1]

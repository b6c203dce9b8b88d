"""A limit on how long one mail may take, whatever the server does meanwhile.

A socket's timeout bounds each wait. A server that sends a byte now and then never meets it.
"""

import smtplib
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Thread
from typing import Any

LOOK_SECONDS = 0.5


def within(seconds: float, function: Callable[[], Any]) -> None:
    """Call a function in a thread of its own. Raises what it raises, or TimeoutError."""
    errors: list[BaseException] = []

    def call() -> None:
        try:
            function()
        except BaseException as error:  # noqa: BLE001 (raised again by the caller)
            errors.append(error)

    thread = Thread(target=call, daemon=True, name="mail-connection")
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        raise TimeoutError
    if errors:
        raise errors[0]


class Watch:
    """Hangs up on a connection whose time for one mail is over."""

    def __init__(self, smtp: smtplib.SMTP) -> None:
        self._smtp = smtp
        self._until: float | None = None
        self._ended = Event()
        Thread(target=self._run, daemon=True, name="mail-watch").start()

    def begin(self, seconds: float) -> None:
        """Begin to count the time of a mail."""
        self._until = time.monotonic() + seconds

    def pause(self) -> None:
        """Stop counting: the mail is done with."""
        self._until = None

    def end(self) -> None:
        self._ended.set()

    def _run(self) -> None:
        while not self._ended.wait(LOOK_SECONDS):
            until = self._until
            if until is not None and time.monotonic() >= until:
                # Whoever waits for an answer gets an end of file now.
                with suppress(OSError, AttributeError):
                    self._smtp.sock.shutdown(socket.SHUT_RDWR)  # type: ignore[union-attr]
                return

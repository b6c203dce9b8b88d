"""What logs must not hold: network addresses, and the secret part of links in mails."""

import logging
import re
from typing import Any

from gunicorn import glogging

# Below these addresses all is secret: with it anybody could act for its owner.
_SECRET = re.compile(
    r"(/(?:newsletter/confirm|newsletter/unsubscribe|comments/quiet|comments/sent"
    r"|password_reset/confirm)/)[^\s?\"']+"
)
# As gunicorn names who sent a request that it does not understand.
_PEER = re.compile(r"\bip=\S+")


def masked(text: str) -> str:
    """Return a text in which addresses end before what is secret in them."""
    return _PEER.sub("ip=…", _SECRET.sub(r"\1…", text))


class MaskingFormatter(logging.Formatter):
    """Writes lines, with what caused an error, masked."""

    def format(self, record: logging.LogRecord) -> str:
        return masked(super().format(record))


class GunicornLogger(glogging.Logger):  # type: ignore[misc]
    """gunicorn's logs of requests and of its own troubles, masked."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(MaskingFormatter(self.error_fmt, self.datefmt))

    def atoms(self, *arguments: Any) -> dict[str, Any]:
        atoms: dict[str, Any] = super().atoms(*arguments)
        # The line of the request, its path, and the page it came from.
        return atoms | {name: masked(atoms[name]) for name in ("r", "U", "f")}

"""What logs must not hold: the secret part of an address, by which anybody could act for its owner."""

import logging
import re
from typing import Any

from gunicorn.glogging import Logger

# Below these addresses all is secret.
_SECRET = re.compile(
    r"(/(?:newsletter/confirm|newsletter/unsubscribe|comments/quiet|comments/sent"
    r"|password_reset/confirm)/)[^\s?\"']+"
)


def masked(text: str) -> str:
    """Return a text in which addresses end before what is secret in them."""
    return _SECRET.sub(r"\1…", text)


class SecretsFilter(logging.Filter):
    """Masks what any part of the site logs."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = masked(record.getMessage()), ()
        return True


class AccessLogger(Logger):  # type: ignore[misc]
    """gunicorn's log of requests, masked."""

    def atoms(self, *arguments: Any) -> dict[str, Any]:
        atoms: dict[str, Any] = super().atoms(*arguments)
        # The line of the request, its path, and the page it came from.
        return atoms | {name: masked(atoms[name]) for name in ("r", "U", "f")}

"""The time at which a form was rendered, signed.

A weak sign: a kept page shows the same stamp to everyone for minutes, and a robot may wait
three seconds. It stops what fills in a form without ever having fetched the page, and what
sends an old copy for weeks. The limits do the work.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from django.core import signing

SHORTEST = timedelta(seconds=3)
LONGEST = timedelta(days=7)


class StampError(Exception):
    """A stamp is missing, forged, too young or too old."""


class TooFastError(StampError):
    """The form came back sooner than a person fills it in."""


class TooOldError(StampError):
    """The form was rendered too long ago."""


class ForgedError(StampError):
    """There is no stamp, or it is not ours, or it belongs to something else."""


def make(purpose: str, now: datetime) -> str:
    """Return a stamp of this moment for a form, such as "comment:12"."""
    return _signer(purpose).sign(str(int(now.timestamp())))


def make_all(purposes: Iterable[str], now: datetime) -> dict[str, str]:
    """Return a stamp of this moment for each of these forms."""
    return {purpose: make(purpose, now) for purpose in purposes}


def check(value: str, purpose: str, now: datetime) -> None:
    """Check a stamp that came back. Raises a StampError."""
    try:
        seconds = int(_signer(purpose).unsign(value))
    except (signing.BadSignature, ValueError) as error:
        raise ForgedError from error
    age = now - datetime.fromtimestamp(seconds, UTC)
    if age < SHORTEST:
        raise TooFastError
    if age > LONGEST:
        raise TooOldError


def _signer(purpose: str) -> signing.Signer:
    return signing.Signer(salt=f"clinic_site.abuse.stamps:{purpose}")

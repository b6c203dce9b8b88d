"""How often something may be done: counted for all workers together, without addresses.

A window begins with the first use and ends after its length. Counters are keyed with the
day's key, so all of them begin anew at midnight.
"""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from clinic_site.abuse.daily_keys import keyed_hash
from clinic_site.abuse.models import RateCounter, RateKey
from clinic_site.clinic_day import clinic_day

# The subject of a limit on all together.
EVERYONE = ""
# What one customer of a provider usually has at his disposal.
NETWORK_BITS = {4: 24, 6: 64}


@dataclass(frozen=True)
class Limit:
    """So many uses within so long a time, a day at most. The name tells limits apart."""

    name: str
    most: int
    within: timedelta

    def __post_init__(self) -> None:
        if self.most < 1 or not timedelta() < self.within <= timedelta(days=1):
            raise ValueError(f"not a limit: {self}")


class TooManyError(Exception):
    """A limit is used up until a moment."""

    def __init__(self, limit: Limit, until: datetime) -> None:
        super().__init__(limit.name)
        self.limit = limit
        self.until = until


def address_and_network(address: str) -> tuple[str, str]:
    """Return a client's address in one spelling, and its network: /24 or /64.

    What is no address, such as that of a socket, is returned for both.
    """
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address.replace("\0", ""), address.replace("\0", "")
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    bits = NETWORK_BITS[parsed.version]
    network = ipaddress.ip_network((parsed, bits), strict=False)
    return str(parsed), str(network)


def count(uses: Iterable[tuple[Limit, str]], now: datetime) -> None:
    """Count one use of each limit by its subject: all of them or, if one is used up, none.

    So what a network's limit refuses uses up nothing of the limit on all. Subjects hold no
    NUL. Name the narrow limits first: where the order is always the same, nobody waits in a
    ring. Raises TooManyError; DatabaseError if nothing can be written.
    """
    day = clinic_day(now)
    with transaction.atomic():
        key = RateKey.found(day) or RateKey.made(day)
        for limit, subject in uses:
            _count_one(limit, keyed_hash(key, limit.name, subject), now)


def check(uses: Iterable[tuple[Limit, str]], now: datetime) -> None:
    """Raise TooManyError if one of the limits is used up already; nothing is counted.

    Two reads: whoever goes on sending waits for nobody who writes, and holds nobody up.
    """
    key = RateKey.found(clinic_day(now))
    if key is None:
        return
    limits = {keyed_hash(key, limit.name, subject): limit for limit, subject in uses}
    counters = RateCounter.objects.filter(subject__in=limits, ends_at__gt=now)
    for subject, used, ends_at in counters.values_list("subject", "uses", "ends_at"):
        limit = limits[bytes(subject)]
        if used >= limit.most:
            raise TooManyError(limit, ends_at)


def _count_one(limit: Limit, subject: bytes, now: datetime) -> None:
    table = connection.ops.quote_name(RateCounter._meta.db_table)
    moment = connection.ops.adapt_datetimefield_value(now)
    end = connection.ops.adapt_datetimefield_value(now + limit.within)
    # One statement finds out whether the window is over, whether there is room in it, and
    # adds. SQLite and PostgreSQL agree on it; Django's ORM has none like it.
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (subject, uses, ends_at) VALUES (%s, 1, %s) "  # noqa: S608
            "ON CONFLICT (subject) DO UPDATE SET "
            f"uses = CASE WHEN {table}.ends_at <= %s THEN 1 ELSE {table}.uses + 1 END, "
            f"ends_at = CASE WHEN {table}.ends_at <= %s THEN excluded.ends_at "
            f"ELSE {table}.ends_at END "
            f"WHERE {table}.ends_at <= %s OR {table}.uses < %s RETURNING uses",
            [subject, end, moment, moment, moment, limit.most],
        )
        counted = cursor.fetchone()
    if counted is None:
        raise TooManyError(limit, RateCounter.objects.get(subject=subject).ends_at)


def forget_counters(now: datetime) -> None:
    """Delete counters whose window is over, and the keys of past days."""
    RateKey.objects.filter(day__lt=clinic_day(now)).delete()
    RateCounter.objects.filter(ends_at__lte=now).delete()

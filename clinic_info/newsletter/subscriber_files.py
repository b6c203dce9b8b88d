"""Subscribers as CSV: read with a receipt that names lines, written so that nothing runs."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic_info.newsletter.email_addresses import address_hash, normalised
from clinic_info.newsletter.models import Consent, Subscriber, Suppression

MOST_BYTES = 2_000_000
MOST_ROWS = 50_000
BATCH = 500
EMAIL_NAMES = {"email", "e-mail", "email address", "e-mail address", "address"}
SOURCE_NAMES = {"source", "consent source", "consent"}
HEADINGS = ("email", "status", "source", "asked", "confirmed", "unsubscribed")
# A spreadsheet takes what begins so for a formula.
FORMULAS = ("=", "+", "-", "@", "\t", "\r")
LONGEST_SOURCE = 200


class FileError(ValueError):
    """The file as a whole cannot be read. The text is for staff."""


@dataclass(frozen=True)
class Line:
    """An address of a file, the number of its line, and where its owner agreed."""

    number: int
    email: str
    source: str


@dataclass
class Receipt:
    """What became of each line of a file; lines are numbers, without what is in them."""

    added: int = 0
    known: list[int] = field(default_factory=list)
    repeated: list[int] = field(default_factory=list)
    suppressed: list[int] = field(default_factory=list)
    without_source: list[int] = field(default_factory=list)
    unconfirmed: list[int] = field(default_factory=list)
    wrong: list[int] = field(default_factory=list)


def read(content: bytes, default_source: str) -> tuple[list[Line], Receipt]:
    """Return the lines of a file that can be imported, and a receipt of the others.

    Raises FileError for what is no CSV file in UTF-8 with a column of addresses.
    """
    if len(content) > MOST_BYTES:
        raise FileError(_("The file is larger than 2 MB. Please split it."))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FileError(_("Save the file as CSV in UTF-8.")) from None
    if "\0" in text:
        raise FileError(_("Save the file as CSV in UTF-8."))
    try:
        rows = list(csv.reader(io.StringIO(text), _dialect(text), strict=True))
    except csv.Error:
        raise FileError(_("This is not a CSV file.")) from None
    if not rows:
        raise FileError(_("The file is empty."))
    if len(rows) > MOST_ROWS:
        raise FileError(_("The file has more than 50,000 lines. Please split it."))
    names = [name.strip().lower() for name in rows[0]]
    column = next((names.index(name) for name in names if name in EMAIL_NAMES), None)
    if column is None:
        raise FileError(_("The first line must name a column “email”."))
    source_column = next(
        (names.index(name) for name in names if name in SOURCE_NAMES), None
    )
    status_column = names.index("status") if "status" in names else None
    return _lines(rows[1:], column, source_column, status_column, default_source)


def check(lines: list[Line], receipt: Receipt) -> Receipt:
    """Say of lines what an import would do, and change nothing."""
    for start in range(0, len(lines), BATCH):
        receipt.added += len(_new(lines[start : start + BATCH], receipt))
    return receipt


def store(lines: list[Line], receipt: Receipt, now: datetime) -> Receipt:
    """Import lines and return the receipt; the same file again adds nobody twice."""
    for start in range(0, len(lines), BATCH):
        with transaction.atomic():
            new = _new(lines[start : start + BATCH], receipt)
            receipt.added += _store_batch(new, now)
    return receipt


def _new(lines: list[Line], receipt: Receipt) -> list[Line]:
    """Return the lines of a few that name somebody new or unconfirmed; note the others in the receipt."""
    hashes = {line.email: address_hash(line.email) for line in lines}
    known = set(
        Subscriber.objects.filter(email__in=hashes)
        .exclude(status=Subscriber.Status.WAITING)
        .values_list("email", flat=True)
    )
    found = Suppression.objects.filter(digest__in=hashes.values())
    suppressed = {bytes(digest) for digest in found.values_list("digest", flat=True)}
    new = []
    for line in lines:
        if hashes[line.email] in suppressed:
            receipt.suppressed.append(line.number)
        elif line.email in known:
            receipt.known.append(line.number)
        else:
            new.append(line)
    return new


def _store_batch(lines: list[Line], now: datetime) -> int:
    """Store lines that name somebody new or unconfirmed, with their consent; return how many."""
    people = [
        Subscriber(
            email=line.email,
            status=Subscriber.Status.CONFIRMED,
            created_at=now,
            confirmed_at=now,
        )
        for line in lines
    ]
    sources = {line.email: line.source for line in lines}
    waiting = Subscriber.objects.select_for_update().filter(
        email__in=sources, status=Subscriber.Status.WAITING
    )
    keys = list(waiting.values_list("pk", flat=True))
    Subscriber.objects.filter(pk__in=keys).update(
        status=Subscriber.Status.CONFIRMED, confirmed_at=now
    )
    # Whom somebody else adds at this moment collides, and stays as he is.
    Subscriber.objects.bulk_create(people, ignore_conflicts=True)
    stored = Subscriber.objects.filter(
        Q(public_id__in=[person.public_id for person in people]) | Q(pk__in=keys)
    )
    entries = [
        Consent(
            subscriber=person,
            kind=Consent.Kind.IMPORTED,
            at=now,
            source=sources[person.email],
        )
        for person in stored
    ]
    Consent.objects.bulk_create(entries)
    return len(entries)


def written(subscribers: "QuerySet[Subscriber]") -> Iterator[str]:
    """Write subscribers as CSV, line by line."""
    output = io.StringIO()
    writer = csv.writer(output, quoting=csv.QUOTE_ALL)

    def line(values: tuple[str, ...]) -> str:
        output.seek(0)
        output.truncate()
        writer.writerow([harmless(value) for value in values])
        return output.getvalue()

    yield line(HEADINGS)
    people = subscribers.prefetch_related("consents").order_by("pk")
    for person in people.iterator(chunk_size=BATCH):
        # Where the consent came from: the first entry of the ledger.
        first = min(person.consents.all(), key=lambda entry: entry.at, default=None)
        yield line(
            (
                person.email,
                person.status,
                (first.source or first.page) if first else "",
                _moment(person.created_at),
                _moment(person.confirmed_at),
                _moment(person.left_at),
            )
        )


def harmless(value: str) -> str:
    """Return a value that no spreadsheet takes for a formula."""
    return f"'{value}" if value.startswith(FORMULAS) else value


def _unmarked(value: str) -> str:
    """Return a value as it was before `harmless`."""
    return (
        value[1:] if value.startswith(tuple(f"'{one}" for one in FORMULAS)) else value
    )


def _dialect(text: str) -> type[csv.Dialect]:
    class Found(csv.excel):
        # Spreadsheets of many countries write semicolons.
        delimiter = ";" if text.partition("\n")[0].count(";") else ","

    return Found


def _lines(
    rows: list[list[str]],
    column: int,
    source_column: int | None,
    status_column: int | None,
    default_source: str,
) -> tuple[list[Line], Receipt]:
    lines, receipt, seen = [], Receipt(), set()
    for number, row in enumerate(rows, start=2):
        if not any(cell.strip() for cell in row):
            continue
        try:
            email = normalised(_unmarked(row[column]))
        except (ValidationError, IndexError):
            receipt.wrong.append(number)
            continue
        status = _cell(row, status_column).strip().lower()
        if status_column is not None and status != Subscriber.Status.CONFIRMED:
            receipt.unconfirmed.append(number)
            continue
        own = _cell(row, source_column)
        source = " ".join((own or default_source).split())[:LONGEST_SOURCE]
        if not source.isprintable() or not source:
            receipt.without_source.append(number)
        elif email in seen:
            receipt.repeated.append(number)
        else:
            seen.add(email)
            lines.append(Line(number, email, source))
    return lines, receipt


def _cell(row: list[str], column: int | None) -> str:
    return row[column] if column is not None and column < len(row) else ""


def _moment(value: datetime | None) -> str:
    return timezone.localtime(value).isoformat(timespec="minutes") if value else ""

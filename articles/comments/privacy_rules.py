"""What in a comment looks like private details or a question only a clinician can answer.

Pure rules: text in, spans out. They err on the side of pointing out too much; a person at
the clinic decides what goes.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext_lazy as _

Kind = Literal["phone", "email", "advice"]

REMOVED = _("[removed by the clinic]")

_EMAIL = re.compile(
    r"[\w.+-]{1,64}\s?(?:@|\(at\)|\[at\])\s?[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}",
    re.IGNORECASE,
)
# Digits with what people put between them. Which of them are too many for a year, a dose
# or a date is decided below.
_DIGITS = re.compile(r"(?<![\w.])(?:\+|\(\+?)?\d(?:[ \-./()\u00a0]{0,2}\d){6,14}(?!\w)")
_DATE = re.compile(r"\d{1,4}([-./])\d{1,2}\1\d{1,4}")
_RANGE = re.compile(r"\d{1,4}\s?-\s?\d{1,4}|\d{4}-\d{4}")
_ADVICE = re.compile(
    r"\b(?:should|can|could|may|must|shall|do|would)\s+(?:i|we|my\s+\w+|he|she|they)\s+"
    r"(?:(?:still|also|now|just|please|better|need\s+to|have\s+to)\s+)?"
    r"(?:take|stop|start|use|continue|keep\s+(?:taking|using)|double|halve|mix|combine|"
    r"swallow|inject|apply)\b"
    r"|\bis\s+it\s+(?:safe|ok|okay|all\s+right|alright|dangerous)\s+(?:for\s+\w+\s+)?to\s+"
    r"(?:take|stop|start|use|continue|mix|combine|apply)\b"
    r"|\b(?:what|which)\s+(?:dose|dosage|medicine|medication|antibiotic|tablets?)\b"
    r"|\bdo\s+i\s+have\s+(?:cancer|melanoma|an?\s+\w+)",
    re.IGNORECASE,
)
_FEWEST_DIGITS = 9


@dataclass(frozen=True)
class Span:
    """A part of a text, from `start` up to but not including `end`, and what it looks like."""

    start: int
    end: int
    kind: Kind
    text: str


def find(text: str) -> list[Span]:
    """Return what stands out in a text, in order, no two overlapping."""
    found = [
        *(_span(match, "email") for match in _EMAIL.finditer(text)),
        *(
            _span(match, "phone")
            for match in _DIGITS.finditer(text)
            if _is_phone(match)
        ),
        *(_span(match, "advice") for match in _ADVICE.finditer(text)),
    ]
    kept: list[Span] = []
    for span in sorted(found, key=lambda span: (span.start, -span.end)):
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
    return kept


def kinds(*texts: str) -> list[Kind]:
    """Return what sorts of things stand out in texts, each once."""
    return list(dict.fromkeys(span.kind for text in texts for span in find(text)))


def fingerprint(*texts: str) -> str:
    """Return what tells whether texts are still those that somebody saw."""
    return sha256("\0".join(texts).encode()).hexdigest()


def redact(text: str, parts: Collection[str]) -> str:
    """Return the text with every occurrence of these parts replaced.

    Longer parts go first, so that a part inside another leaves nothing behind. A part is
    looked for as words of its own; where it is none, it goes wherever it stands. Any space
    or line break matches any other.
    """
    # Readers see the mark in the site's language, whoever decides.
    with translation.override(settings.LANGUAGE_CODE):
        mark = str(REMOVED)
    by_length = sorted(
        {" ".join(part.split()) for part in parts}, key=len, reverse=True
    )
    rules = [_rule(part, text) for part in by_length if part]
    if not rules:
        return text
    # All in one go, and past what was taken out before: a mark is never cut up.
    rule = re.compile("|".join([re.escape(mark), *rules]))
    return rule.sub(lambda _match: mark, text)


def _rule(part: str, text: str) -> str:
    letters = r"\s+".join(re.escape(word) for word in part.split())
    alone = rf"(?<!\w){letters}(?!\w)"
    return alone if re.search(alone, text) else letters


def _span(match: re.Match[str], kind: Kind) -> Span:
    return Span(match.start(), match.end(), kind, match[0])


def _is_phone(match: re.Match[str]) -> bool:
    text = match[0]
    digits = sum(character.isdigit() for character in text)
    if _DATE.fullmatch(text) or _RANGE.fullmatch(text):
        return False
    return digits >= _FEWEST_DIGITS or (digits >= 7 and text[0] in "+0(")

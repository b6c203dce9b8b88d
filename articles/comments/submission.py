"""A reader's comment is taken: it waits for a person at the clinic."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.db import transaction

from articles.comments import emails
from articles.comments.decisions import lock
from articles.comments.models import Comment, closing_time
from articles.pages.article import ArticlePage

# Pressing the button twice, or reloading the answer, makes one comment.
SAME_COMMENT = timedelta(days=1)
_LINES = re.compile(r"\n{3,}")
_SPACE = re.compile(r"\s+")
# Signs that look like nothing, though they count as letters or symbols.
BLANK = set("\u115f\u1160\u2800\u3164\uffa0")
# More than any script needs on one letter.
MOST_MARKS = 4


class TextField(forms.CharField):
    """A field for several lines. Browsers send CRLF, and count one character for it."""

    def to_python(self, value: Any) -> str:
        text: str = super().to_python(value)
        return text.replace("\r\n", "\n")


class NotPossibleError(Exception):
    """The article takes no comments (any more), or what is answered is gone."""


@dataclass(frozen=True)
class Written:
    """What a reader has written, checked and tidied."""

    name: str
    email: str
    text: str
    wants_mail: bool = False
    parent: int | None = None


@dataclass(frozen=True)
class CommentedArticle:
    """What taking a comment needs to know of an article."""

    pk: int
    title: str
    url: str
    comments_allowed: bool
    first_published_at: datetime | None


def accepts(article: ArticlePage | CommentedArticle, now: datetime) -> bool:
    """Tell whether readers may write below an article."""
    closing = closing_time(article.first_published_at)
    return article.comments_allowed and (closing is None or now < closing)


def submit(
    article_pk: int,
    written: Written,
    *,
    sender_hash: bytes,
    is_spam: bool,
    now: datetime,
) -> Comment:
    """Store a comment and have staff told of it. Raises NotPossibleError.

    What the same sender wrote there already is not stored again.
    """
    with transaction.atomic():
        if not lock([article_pk]):
            raise NotPossibleError
        parent = _parent(article_pk, written.parent)
        comments = Comment.objects.filter(article=article_pk, parent=parent)
        same = comments.filter(
            text=written.text,
            name=written.name,
            sender_hash=sender_hash,
            written_at__gt=now - SAME_COMMENT,
        ).first()
        if same is not None:
            if same.status == Comment.Status.AWAITING:
                # Sent again to put an address right, or to be told after all.
                same.email, same.wants_mail = written.email, written.wants_mail
                same.save(update_fields=["email", "wants_mail"])
            return same
        comment = Comment.objects.create(
            article_id=article_pk,
            parent=parent,
            name=written.name,
            email=written.email,
            text=written.text,
            wants_mail=written.wants_mail,
            sender_hash=sender_hash,
            status=Comment.Status.SPAM if is_spam else Comment.Status.AWAITING,
            written_at=now,
        )
        if not is_spam:
            emails.announce(comment, now)
    return comment


def _parent(article_pk: int, pk: int | None) -> Comment | None:
    if pk is None:
        return None
    top = Comment.objects.filter(article=article_pk, parent=None)
    found = top.shown().filter(pk=pk)
    parent = found.first()
    if parent is None:
        raise NotPossibleError
    return parent


def tidy_text(text: str) -> str:
    """Return a text without what nobody can see, and without more than one empty line."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return _LINES.sub(
        "\n\n", "\n".join(_visible(line).rstrip() for line in lines)
    ).strip()


def tidy_line(text: str) -> str:
    """Return a text as one line without what nobody can see."""
    return _visible(_SPACE.sub(" ", text)).strip()


def says_something(text: str) -> bool:
    """Tell whether a text has a letter, a digit or a sign that people can see."""
    return any(
        unicodedata.category(character)[0] in "LNPS" and character not in BLANK
        for character in text
    )


def _visible(line: str) -> str:
    # No control characters, half characters, marks that turn the direction of what follows,
    # nor towers of accents that cover the lines above.
    kept, marks = [], 0
    for character in line.replace("\t", " "):
        category = unicodedata.category(character)
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if (
            category not in {"Cc", "Cs", "Co", "Cn"}
            and unicodedata.bidirectional(character) not in TURNING
            and marks <= MOST_MARKS
        ):
            kept.append(character)
    return "".join(kept)


TURNING = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}

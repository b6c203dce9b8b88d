"""Rules for free text that anyone may send: what it holds, without judging it."""

import re
import unicodedata
from collections.abc import Iterable

# An address with its scheme, one that begins with www, a name under a domain that people
# write without either, and links in the manner of forums. Every repetition has an end or
# cannot begin in its own middle: no text takes long.
_LINK = re.compile(
    r"""
    \[url\b | <\s{0,9}a\s[^<>]{0,200}href
    | (?: \b(?:https?|ftp)\s?:\s?/\s?/ | \bwww\. ) [^\s<>"'\]]+
    | (?<![\w@.-]) (?:[\w-]{1,63}\.){1,8}
      (?:com|net|org|info|biz|online|site|shop|store|xyz|top|ru|cn|io|co|club|live|link|click)
      (?:\.[a-z]{2})? \b (?![.\w-]{0,99}@) (?:/[^\s<>"'\]]*)?
    """,
    re.VERBOSE | re.IGNORECASE,
)
# Zero-width spaces and joiners, soft hyphens: they hide words from rules, not from readers.
_INVISIBLE = {"Cf", "Cc"}


def plain(text: str) -> str:
    """Return a text as a reader would say it aloud: one case, one form of each letter."""
    text = unicodedata.normalize("NFKC", text).casefold()
    visible = (
        character
        for character in text
        if character.isspace() or unicodedata.category(character) not in _INVISIBLE
    )
    return " ".join("".join(visible).split())


def links_in(text: str) -> int:
    """Count the links in a text, however they are written."""
    return len(_LINK.findall(plain(text)))


def without_links(text: str) -> str:
    """Return a text in which links have given way to a word."""
    return _LINK.sub("[link]", text)


def blocked_words_in(text: str, words: Iterable[str]) -> list[str]:
    """Return which of the words or phrases stand in a text as words of their own."""
    text = plain(text)
    return [
        word
        for word in words
        if plain(word)
        and re.search(rf"(?<!\w){re.escape(plain(word))}(?!\w)", text) is not None
    ]


def essence(text: str) -> str:
    """Return what two texts share that differ only in case, spaces and punctuation.

    As the subject of a limit of one use a day it finds the same text sent again.
    """
    return re.sub(r"[\W_]+", " ", plain(text)).strip()

"""Take the identifiers out of the text of a reference."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape, unescape
from urllib.parse import unquote

from articles.importing import rich_text

# Stands where something was taken out, until its label and punctuation are tidied.
_GONE = "\ufdd2"

_TAG = re.compile(r"(<[^>]*>)")
_LINK = re.compile(r'<a href="([^"]*)">(.*?)</a>')
_DOI = r"10\.\d{4,9}/[^\s<>\"]+"
_DOI_ADDRESS = r"https?://(?:dx\.|www\.)?doi\.org/"
_DOI_LINK = re.compile(rf"{_DOI_ADDRESS}({_DOI})", re.IGNORECASE)
_DOI_TEXT = re.compile(rf"(?:{_DOI_ADDRESS}|(?<![\w./-]))({_DOI})", re.IGNORECASE)
_PMID = re.compile(r"\bPMID\b ?:? ?(\d{1,9})\b", re.IGNORECASE)
_URL = re.compile(r"(https?://[^\s<>\"]+)", re.IGNORECASE)
_ONLY_A_LABEL = re.compile(
    rf" ?(?:{_DOI}|(?:doi|link|url|pubmed|full text)|(?:doi:|https?://|www\.)\S*)? ?",
    re.IGNORECASE,
)

_LABELLED = (
    r"(?:\b(?:doi|url|pmid|(?:available|retrieved|accessed)(?: online)? (?:at|from)|"
    rf"available)\b ?:? ?)?{_GONE}"
)
_ALL_GONE = re.compile(rf"{_LABELLED}(?: ?[,;.|]? ?{_LABELLED})*", re.IGNORECASE)
_BRACKETED = re.compile(
    rf" ?(?:\( ?{_GONE} ?\)|\[ ?{_GONE} ?\]|&lt; ?{_GONE} ?&gt;|{_GONE})"
)
_BETWEEN_STOPS = re.compile(rf"([.,;:]){_GONE} ?([.,;:])")
_EMPTIED = re.compile(rf'<(i|b|sup|sub|a)(?: href="[^"]*")?> ?{_GONE} ?</\1>')

_YEAR = r"((?:19|20)\d\d)"
_MONTH = r"(?: [A-Z][a-z]{2,8}(?:[-–][A-Z][a-z]{2,8})?(?: \d{1,2})?)?"
_PUBLISHED = re.compile(
    rf"\({_YEAR}[a-z]?(?:,[^()]*)?\)"
    rf"|(?<![\w–-]){_YEAR}[a-z]?{_MONTH} ?;"
    rf"|[.,] {_YEAR}[a-z]?{_MONTH}[.:]"
)
_ANY_YEAR = re.compile(rf"(?<![\w:–-]){_YEAR}(?![\w–-])")
_VISITED = re.compile(r"\b(?:accessed|retrieved|cited|visited)\b[^.;)\]]*", re.I)


@dataclass(frozen=True)
class Citation:
    """A reference; `text` is inline HTML without what the other fields say."""

    text: str
    doi: str = ""
    pmid: str = ""
    url: str = ""
    year: int | None = None


def read(html: str, *, doi: str = "", pmid: str = "", url: str = "") -> Citation:
    """Find the identifiers in a reference, as far as they are not known already."""
    finder = _Finder(doi=doi, pmid=pmid, url=url)
    # One kind of space, and never two, keeps the patterns below simple and fast.
    text = " ".join(html.split())
    text = _LINK.sub(finder.take_link, text)
    text = _outside_tags(_DOI_TEXT, finder.take_doi, text)
    text = _outside_tags(_PMID, finder.take_pmid, text)
    text = _outside_tags(_URL, finder.take_url, text)
    text = _tidied(text)
    if not re.search(r"\w", rich_text.plain(text)):
        text = escape(rich_text.one_line(rich_text.plain(html)), quote=False)
    year = publication_year(rich_text.plain(text))
    return Citation(text, finder.doi, finder.pmid, finder.url, year)


def publication_year(text: str) -> int | None:
    """Find the year a reference appeared in: the last that is written like one."""
    text = _VISITED.sub("", text)
    for pattern in (_PUBLISHED, _ANY_YEAR):
        years = [int(match[match.lastindex or 0]) for match in pattern.finditer(text)]
        if years:
            return years[-1]
    return None


def normal_doi(text: str) -> str:
    """Bring a DOI, with or without an address before it, to its bare form."""
    bare = re.sub(rf"^(?:{_DOI_ADDRESS}|doi:?\s*)", "", text.strip(), flags=re.I)
    return bare if re.fullmatch(r"10\.\d{4,9}/\S+", bare) else ""


@dataclass
class _Finder:
    doi: str
    pmid: str
    url: str

    def take_link(self, link: re.Match[str]) -> str:
        address, text = unescape(link[1]), link[2]
        if doi := _DOI_LINK.match(address):
            bare = normal_doi(_trimmed(unquote(doi[1])))
            taken = bool(bare) and self._is_the("doi", bare)
        else:
            taken = bool(_URL.match(address)) and self._is_the("url", address)
        if not taken:
            return link[0]
        return _GONE if _ONLY_A_LABEL.fullmatch(rich_text.plain(text)) else text

    def take_doi(self, match: re.Match[str]) -> str:
        return self._take("doi", match)

    def take_pmid(self, match: re.Match[str]) -> str:
        return self._take("pmid", match)

    def take_url(self, match: re.Match[str]) -> str:
        return self._take("url", match)

    def _take(self, name: str, match: re.Match[str]) -> str:
        found = unescape(match[1])
        trimmed = _trimmed(found)
        bare = escape(trimmed, quote=False)
        is_whole = trimmed == found or match.re.fullmatch(bare)
        if not is_whole or not self._is_the(name, trimmed):
            return match[0]
        return _GONE + escape(found[len(trimmed) :], quote=False)

    def _is_the(self, name: str, found: str) -> bool:
        """Take the first of its kind, and later only the same again."""
        if not getattr(self, name):
            setattr(self, name, found)
        known: str = getattr(self, name)
        return known.lower() == found.lower()


def _outside_tags(
    pattern: re.Pattern[str], replace: Callable[[re.Match[str]], str], html: str
) -> str:
    return "".join(
        part if part.startswith("<") else pattern.sub(replace, part)
        for part in _TAG.split(html)
    )


def _trimmed(found: str) -> str:
    """Take off the punctuation of the sentence around an identifier."""
    unopened = found.count(")") - found.count("(")
    end = len(found)
    while end:
        last = found[end - 1]
        if last == ")" and unopened > 0:
            unopened -= 1
        elif last not in ".,;:!?'\"*]}<>’”":
            break
        end -= 1
    return found[:end]


def _tidied(text: str) -> str:
    emptied = 1
    while emptied:
        text, emptied = _EMPTIED.subn(_GONE, _ALL_GONE.sub(_GONE, text))
    text = _BRACKETED.sub(_GONE, text)
    text = _BETWEEN_STOPS.sub(_stop, text).replace(_GONE, "")
    return re.sub(r"[\s,;:]+$", "", re.sub(r"^[\s.,;:]+", "", text))


def _stop(stops: re.Match[str]) -> str:
    return "." if "." in stops[0] else stops[2]

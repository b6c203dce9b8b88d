"""Read single values of front matter as what they should be; each raises WrongError."""

from __future__ import annotations

import re

import yaml

from articles.importing.citations import normal_doi
from articles.importing.rich_text import MARK_KEY, one_line

_MAX_VIEWS = 2_000_000_000
_TAG_PREFIX = "tag:yaml.org,2002:"
_SCALARS = frozenset({"str", "int", "float", "bool", "null", "timestamp"})
_YES, _NO = frozenset({"true", "yes", "on"}), frozenset({"false", "no", "off"})
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufdd0-\ufdef]")
_SLUG = re.compile(r"[-a-zA-Z0-9_]+")
STATUSES = ("approved", "awaiting", "rejected", "spam")


class WrongError(Exception):
    """A value cannot be used; the words follow the name of the value."""


def is_null(node: yaml.Node) -> bool:
    return node.tag == f"{_TAG_PREFIX}null"


def as_text(node: yaml.Node, *, limit: int | None = None) -> str:
    """Take a scalar as it is written, so that "No" and 1.10 stay themselves."""
    tag = node.tag.removeprefix(_TAG_PREFIX)
    if not isinstance(node, yaml.ScalarNode) or tag not in _SCALARS:
        raise WrongError("must be a text.")
    text = one_line(node.value)
    if _UNWANTED.search(node.value):
        raise WrongError("holds a character that is not text.")
    if limit is not None and len(text) > limit:
        raise WrongError(f"is longer than {limit} characters.")
    return text


def as_texts(node: yaml.Node, *, limit: int) -> tuple[str, ...]:
    nodes = node.value if isinstance(node, yaml.SequenceNode) else [node]
    texts = [as_text(item, limit=limit) for item in nodes]
    if not all(texts) or any(is_null(item) for item in nodes):
        raise WrongError("holds an empty entry.")
    return tuple(dict.fromkeys(texts))


def as_slug(node: yaml.Node) -> str:
    slug = as_text(node, limit=255)
    if not _SLUG.fullmatch(slug):
        raise WrongError("may hold only letters a to z, digits, - and _.")
    return slug.lower()


def as_views(node: yaml.Node) -> int:
    text = as_text(node)
    if node.tag != f"{_TAG_PREFIX}int" or not re.fullmatch(r"[0-9][0-9_]{0,19}", text):
        raise WrongError("must be a whole number, 0 or more.")
    views = int(text.replace("_", ""))
    if views > _MAX_VIEWS:
        raise WrongError(f"must not be more than {_MAX_VIEWS:,}.")
    return views


def as_yes_or_no(node: yaml.Node) -> bool:
    text = as_text(node).lower()
    if node.tag != f"{_TAG_PREFIX}bool" or text not in _YES | _NO:
        raise WrongError("must be true or false.")
    return text in _YES


def as_key(node: yaml.Node) -> str:
    key = as_text(node)
    if not MARK_KEY.fullmatch(key):
        raise WrongError("may hold only letters, digits, - and _.")
    return key


def as_doi(node: yaml.Node) -> str:
    doi = normal_doi(as_text(node))
    if not doi:
        raise WrongError("must look like 10.1000/182.")
    return doi


def as_pmid(node: yaml.Node) -> str:
    pmid = as_text(node)
    if not re.fullmatch(r"[0-9]{1,9}", pmid):
        raise WrongError("must be a number.")
    return pmid


def as_url(node: yaml.Node) -> str:
    url = as_text(node)
    if not re.fullmatch(r"https?://[^\s<>\"]+", url, re.IGNORECASE):
        raise WrongError("must begin with https:// or http://.")
    return url


def as_year(node: yaml.Node) -> int:
    text = as_text(node)
    if not re.fullmatch(r"1[6-9][0-9]{2}|20[0-9]{2}", text):
        raise WrongError("must be a year like 2024.")
    return int(text)


def as_paragraphs(node: yaml.Node, *, limit: int) -> str:
    """Take a text with its line breaks."""
    as_text(node)
    text = str(node.value).strip()
    if len(text) > limit:
        raise WrongError(f"is longer than {limit} characters.")
    return text


def as_position(node: yaml.Node) -> int:
    text = as_text(node)
    if not re.fullmatch(r"[1-9][0-9]{0,4}", text):
        raise WrongError("must be a number, counted from 1.")
    return int(text)


def as_status(node: yaml.Node) -> str:
    status = as_text(node)
    if status not in STATUSES:
        raise WrongError(f"must be one of {', '.join(STATUSES)}.")
    return status

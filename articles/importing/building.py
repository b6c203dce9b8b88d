"""Turns a draft into the stored form of a page's fields."""

import json
from collections.abc import Callable, Iterable
from html import unescape
from typing import Any, TypeVar
from uuid import uuid4

from django.utils.html import strip_tags
from django.utils.text import Truncator, slugify
from django.utils.translation import gettext
from wagtail import blocks
from wagtail.coreutils import string_to_ascii

from articles.blocks.errors import messages_in
from articles.images.models import CustomImage
from articles.importing.draft import (
    ArticleDraft,
    Callout,
    DraftBlock,
    KeyPoints,
    Picture,
    Problem,
    Question,
    Quote,
    RichText,
    Section,
    Steps,
    Table,
)
from articles.pages.article import ArticlePage
from articles.people import Author
from articles.references import unmarked
from articles.topics import Topic

STANDFIRST_LENGTH = 240

Named = TypeVar("Named", Topic, Author)

# A stored block: {"type": …, "value": …, "id": …}.
Stored = dict[str, Any]


def fill(
    page: ArticlePage, draft: ArticleDraft, image: Callable[[Picture], CustomImage]
) -> list[Problem]:
    """Set a page's fields from a draft; return what its blocks would refuse.

    Topics and authors that do not exist yet are created. Sections that the page has
    already, by their heading, keep their id and anchor.
    """
    page.title = draft.title
    page.slug = draft.slug
    page.standfirst = draft.standfirst or first_sentences(draft)
    page.topic = topic(draft.topic) if draft.topic else None
    page.further_topics = [topic(name) for name in draft.topics]
    page.authors = _stored(
        {"type": "author", "value": author.pk} for author in _authors(draft)
    )
    page.updated_on = draft.updated
    page.comments_allowed = draft.comments
    page.hero_image = image(draft.hero) if draft.hero else None
    page.hero_caption = draft.hero.caption if draft.hero else ""
    page.body = body(draft, image, _sections_by_heading(page))
    page.references = _stored(
        {
            "type": "reference",
            "value": {
                "key": reference.key,
                "text": f"<p>{reference.text}</p>",
                "year": reference.year,
                "doi": reference.doi,
                "pmid": reference.pmid,
                "url": reference.url,
            },
        }
        for reference in draft.references
    )
    return [
        *_refusals(page.body, [section.line for section in draft.sections]),
        *_refusals(page.references, [source.line for source in draft.references]),
    ]


def body(
    draft: ArticleDraft,
    image: Callable[[Picture], CustomImage],
    known: dict[str, list[tuple[str, str]]] | None = None,
) -> str:
    """Return a draft's sections as the stored form of a page's body.

    `known` holds id and anchor of sections that exist already, by heading.
    """
    return _stored(_section(section, image, known or {}) for section in draft.sections)


def first_sentences(draft: ArticleDraft) -> str:
    """Return the beginning of the first paragraph as plain text."""
    for section in draft.sections:
        for block in section.blocks:
            if isinstance(block, RichText) and "<p>" in block.html:
                paragraph = block.html.partition("<p>")[2].partition("</p>")[0]
                plain = unmarked(strip_tags(paragraph.replace("<br/>", " "))).strip()
                if plain:
                    return Truncator(unescape(plain)).chars(STANDFIRST_LENGTH)
    return ""


def topic(name: str) -> Topic:
    """Return the topic of this name or slug, creating it if there is none."""
    existing = _named(Topic, name) or Topic.objects.filter(slug=name).first()
    if existing:
        return existing
    slug = base = slugify(string_to_ascii(name))[:70] or "topic"
    number = 2
    while Topic.objects.filter(slug=slug).exists():
        slug, number = f"{base}-{number}", number + 1
    created = Topic(name=name, slug=slug)
    created.full_clean()
    created.save()
    return created


def _authors(draft: ArticleDraft) -> list[Author]:
    if not draft.authors:
        return [_author(gettext("Clinic team"), Author.Kind.TEAM)]
    return [_author(name, Author.Kind.PERSON) for name in draft.authors]


def _author(name: str, kind: Author.Kind) -> Author:
    existing = _named(Author, name)
    if existing:
        return existing
    created = Author(name=name, kind=kind)
    created.full_clean()
    created.save()
    return created


def _named(model: type[Named], name: str) -> Named | None:
    """Return the object of this name; SQLite itself folds the case of ASCII only."""
    wanted = name.casefold()
    return next((o for o in model.objects.all() if o.name.casefold() == wanted), None)


def _sections_by_heading(page: ArticlePage) -> dict[str, list[tuple[str, str]]]:
    known: dict[str, list[tuple[str, str]]] = {}
    for section in page.body:
        heading = section.value["heading"].casefold()
        known.setdefault(heading, []).append((section.id, section.value["anchor"]))
    return known


def _section(
    section: Section,
    image: Callable[[Picture], CustomImage],
    known: dict[str, list[tuple[str, str]]],
) -> Stored:
    earlier = known.get(section.heading.casefold())
    section_id, anchor = earlier.pop(0) if earlier else (str(uuid4()), "")
    return {
        "type": "section",
        "id": section_id,
        "value": {
            "heading": section.heading,
            "anchor": anchor,
            "content": [
                _block(block, image) | {"id": str(uuid4())} for block in section.blocks
            ],
        },
    }


def _block(block: DraftBlock, image: Callable[[Picture], CustomImage]) -> Stored:
    match block:
        case RichText():
            return {"type": "paragraph", "value": block.html}
        case Picture():
            value: Stored = {"image": image(block).pk, "caption": block.caption}
            return {"type": "picture", "value": value}
        case Quote():
            value = {"text": block.text, "attribution": block.attribution}
            return {"type": "quote", "value": value}
        case Table():
            return {"type": "table", "value": _table(block)}
        case Callout():
            value = {"urgency": block.urgency, "title": block.title, "text": block.html}
            return {"type": "callout", "value": value}
        case KeyPoints():
            value = {
                "title": block.title or gettext("Key points"),
                "points": _items(f"<p>{point}</p>" for point in block.points),
            }
            return {"type": "key_points", "value": value}
        case Question():
            value = {"question": block.question, "answer": block.html}
            return {"type": "question", "value": value}
        case Steps():
            value = {"title": block.title, "steps": _items(block.steps)}
            return {"type": "steps", "value": value}


def _table(table: Table) -> Stored:
    return {
        "first_column_is_heading": True,
        "table": {
            "caption": table.caption,
            "columns": [
                {"type": "text", "heading": heading} for heading in table.headings
            ],
            "rows": [
                {"values": [f"<p>{cell}</p>" if cell else "" for cell in row]}
                for row in table.rows
            ],
        },
    }


def _items(values: Iterable[str]) -> list[Stored]:
    return [{"type": "item", "value": value, "id": str(uuid4())} for value in values]


def _stored(items: Iterable[Stored]) -> str:
    return json.dumps([{"id": str(uuid4())} | item for item in items])


def _refusals(value: blocks.StreamValue, lines: list[int | None]) -> list[Problem]:
    """Return what staff could not save in the editor either, with the lines it is at."""
    try:
        value.stream_block.clean(value)
    except blocks.StreamBlockValidationError as error:
        return [
            Problem(" ".join(messages_in(child)), lines[position])
            for position, child in error.block_errors.items()
        ] + [Problem(" ".join(error.non_block_errors))] * bool(error.non_block_errors)
    return []

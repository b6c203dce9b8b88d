"""Short ways to read Markdown in tests."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from articles.importing import markdown
from articles.importing.draft import (
    ArticleDraft,
    DraftBlock,
    RichText,
    UnreadableError,
)

ZONE = ZoneInfo("Europe/Berlin")
NOWHERE = Path("/nonexistent/article.md")


def parse(text: str, source: Path = NOWHERE) -> ArticleDraft:
    return markdown.parse(text, source=source, time_zone=ZONE)


def blocks(body: str, source: Path = NOWHERE) -> tuple[DraftBlock, ...]:
    """What stands in the opening section of an article with this body."""
    sections = parse(f"# Title\n\n{body}", source).sections
    return sections[0].blocks if sections else ()


def html(body: str) -> str:
    """The one piece of rich text that an article with this body consists of."""
    (found,) = blocks(body)
    assert isinstance(found, RichText)
    return found.html


def problems(text: str, source: Path = NOWHERE) -> list[tuple[int | None, str]]:
    with pytest.raises(UnreadableError) as caught:
        parse(text, source)
    return [(problem.line, problem.message) for problem in caught.value.problems]


def lines(text: str, source: Path = NOWHERE) -> list[int | None]:
    return [line for line, _ in problems(text, source)]


def article_with_pictures(folder: Path) -> Path:
    """An article with two pictures beside it, and one that it must not reach."""
    articles = folder / "articles"
    (articles / "more").mkdir(parents=True)
    for name in ["arm.png", "more/a leg.jpg", "../secret.png"]:
        (articles / name).write_bytes(b"picture")
    return articles / "article.md"

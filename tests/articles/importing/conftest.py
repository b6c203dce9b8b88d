from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from articles.importing.run import ImportRun, Options, Outcome
from articles.pages.index import ArticleIndexPage
from tests.articles.importing.whole_article import NOW
from tests.factories import picture_file


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a file beside a picture named skin.jpg; return its path."""
    (tmp_path / "skin.jpg").write_bytes(picture_file().read())

    def make(text: str, name: str = "article.md") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return make


@pytest.fixture
def run(index: ArticleIndexPage) -> Callable[..., Outcome]:
    """Import one file in a run of its own."""

    def make(path: Path, now: datetime = NOW, **options: bool) -> Outcome:
        importer = ImportRun(index, Options(**options), ZoneInfo("Europe/London"))
        return importer.import_file(path, now)

    return make

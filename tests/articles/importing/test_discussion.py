"""Comments that come with an article's file."""

from pathlib import Path

import pytest
from pytest_django import DjangoAssertNumQueries

from articles.comments.models import Comment
from articles.figures import ArticleFigures
from articles.importing.run import ImportRun, Options, Status
from articles.pages.article import ArticlePage
from articles.pages.index import ArticleIndexPage
from tests.articles.importing.test_front_matter import problems

DISCUSSION = """---
title: Needles
discussion:
  - {author: Maria, date: 2026-04-02, text: "How long?\\n\\nThank you."}
  - {author: Nurse, clinic: true, parent: 1, date: 2026-04-03, text: Two days.}
  - {author: Tom, date: 2026-04-04T08:30:00, text: Waiting, status: awaiting}
  - {author: Pills, date: 2026-04-05, text: Buy, status: spam}
---
Text.
"""
__all__ = ["DjangoAssertNumQueries"]


def test_a_discussion_comes_with_its_article(
    index: ArticleIndexPage, tmp_path: Path, run_at: object
) -> None:
    raise NotImplementedError

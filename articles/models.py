"""The models of this app, each defined beside what it belongs to."""

from articles.figures import ArticleFigures
from articles.images.models import CustomImage, CustomRendition
from articles.importing.models import ArticleImport
from articles.pages.article import ArticlePage
from articles.pages.index import ArticleIndexPage
from articles.people import Author
from articles.topics import Topic
from articles.view_counts.models import (
    DailyViews,
    DayKey,
    DaySum,
    DayVisit,
    UncountedViews,
)

__all__ = [
    "ArticleFigures",
    "ArticleImport",
    "ArticleIndexPage",
    "ArticlePage",
    "Author",
    "CustomImage",
    "CustomRendition",
    "DailyViews",
    "DayKey",
    "DaySum",
    "DayVisit",
    "Topic",
    "UncountedViews",
]

"""The discussion below an article as readers see it, fifty comments at a time."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import cached_property

from articles.comments.models import Comment
from articles.pages.article import ArticlePage
from clinic_site.addresses import absolute_url

COMMENTS_PER_PAGE = 50


@dataclass(frozen=True)
class Discussion:
    """One page of the comments that readers see. `total` counts those of all pages."""

    article: ArticlePage
    total: int
    number: int = 1

    @property
    def address(self) -> str:
        return reverse("article_comments", args=[self.article.pk])

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // COMMENTS_PER_PAGE))

    @cached_property
    def comments(self) -> list[Comment]:
        """Return this page's comments; asks nothing where there are none."""
        if not self.total:
            return []
        start = (self.number - 1) * COMMENTS_PER_PAGE
        shown = Comment.objects.filter(article=self.article).shown().in_threads()
        return list(shown.select_related("parent")[start : start + COMMENTS_PER_PAGE])

    @property
    def earlier(self) -> int | None:
        return self.number - 1 if self.number > 1 else None

    @property
    def later(self) -> int | None:
        return self.number + 1 if self.number < self.pages else None


def discussion(article: ArticlePage, number: object = 1) -> Discussion:
    """Return a page of an article's discussion; the nearest one if there is no such page."""
    total = article.live_figures.approved_comments
    asked = str(number)
    wanted = int(asked) if asked.isdecimal() and len(asked) < 10 else 1
    first = Discussion(article, total)
    return Discussion(article, total, min(max(wanted, 1), first.pages))


def page_of(comment: Comment) -> int:
    """Return on which page readers find a comment that is shown, 1 if it is not."""
    shown = Comment.objects.filter(article=comment.article_id).shown().in_threads()
    keys = list(shown.values_list("pk", flat=True))
    position = keys.index(comment.pk) if comment.pk in keys else 0
    return position // COMMENTS_PER_PAGE + 1


def address_of(comment: Comment) -> str:
    """Return the full address at which readers find a comment that is shown."""
    number = page_of(comment)
    if number == 1:
        article = str(comment.article.get_url() or "/")
        return absolute_url(f"{article}#comment:{comment.pk}")
    pages = reverse("article_comments", args=[comment.article_id])
    return absolute_url(f"{pages}?page={number}#comment:{comment.pk}")

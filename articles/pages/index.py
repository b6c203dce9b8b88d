"""The list of articles."""

from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page as ResultPage
from django.core.paginator import Paginator
from django.db import models
from django.http import Http404, HttpRequest
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, PageChooserPanel
from wagtail.models import Page
from wagtail.search import index
from wagtail.url_routing import RouteResult

from articles.images.sizes import prefetch_renditions
from articles.pages.article import ArticlePage, teaser_pictures
from articles.pages.base import BasePage
from articles.topics import Topic

ARTICLES_PER_PAGE = 10


class ArticleIndexPage(BasePage):
    """All articles, newest first, ten at a time, narrowed to a topic if asked."""

    introduction = models.TextField(
        _("introduction"),
        max_length=500,
        blank=True,
        help_text=_(
            "One or two sentences above the list. For example: What we know about skin, "
            "explained by the people who treat it."
        ),
    )
    featured_article = models.ForeignKey(
        "articles.ArticlePage",
        verbose_name=_("featured article"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("Shown large above the list, before the newest ones."),
    )

    content_panels = Page.content_panels + [
        FieldPanel("introduction"),
        PageChooserPanel("featured_article"),
    ]
    search_fields = Page.search_fields + [index.SearchField("introduction")]

    max_count = 1
    parent_page_types = ["clinic_info.HomePage"]
    subpage_types = ["articles.ArticlePage"]
    page_description = _("The list of all articles, by topic.")
    reserved_child_slugs = frozenset({"feed"})
    page_query = ("page", "topic")

    class Meta:
        verbose_name = _("list of articles")
        verbose_name_plural = _("lists of articles")

    @property
    def summary(self) -> str:
        return self.introduction

    def route(self, request: HttpRequest, path_components: list[str]) -> RouteResult:
        """Find an article together with all that its page needs of other tables."""
        if len(path_components) != 1:
            return super().route(request, path_components)
        article = (
            ArticlePage.objects.child_of(self)
            .filter(slug=path_components[0])
            .select_related("topic", "figures", "hero_image", "social_image")
            .first()
        )
        if article is None:
            raise Http404
        return article.route(request, [])

    def articles(self) -> models.QuerySet[ArticlePage]:
        """Return the articles that readers may see, newest first."""
        return ArticlePage.objects.child_of(self).for_readers().newest_first()

    def get_context(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        articles = self.articles()
        topics = list(Topic.objects.with_articles(articles))
        wanted = request.GET.get("topic", "")
        topic = next((topic for topic in topics if topic.slug == wanted), None)
        featured = None
        if topic is not None:
            articles = articles.about(topic)
        elif self.featured_article_id:
            featured = (
                articles.filter(pk=self.featured_article_id).for_teasers().first()
            )
            articles = articles.exclude(pk=self.featured_article_id)
        paginator = Paginator(articles.for_teasers(), ARTICLES_PER_PAGE)
        page_of_articles = paginator.get_page(request.GET.get("page"))
        shown = [*page_of_articles, *([featured] if featured else [])]
        prefetch_renditions([*self.pictures(), *teaser_pictures(shown)])
        context |= {
            "topics": topics,
            "topic": topic,
            "featured": featured if page_of_articles.number == 1 else None,
            "articles": page_of_articles,
            "canonical_url": context["canonical_url"]
            + query(topic, page_of_articles.number),
            "newer_query": _neighbour(topic, page_of_articles, -1),
            "older_query": _neighbour(topic, page_of_articles, +1),
        }
        return context


def query(topic: Topic | None, number: int) -> str:
    """Return the query of one page of the list: "" for the first page of all topics."""
    values = {"topic": topic.slug} if topic else {}
    if number > 1:
        values["page"] = str(number)
    return f"?{urlencode(values)}" if values else ""


def _neighbour(
    topic: Topic | None, page: "ResultPage[ArticlePage]", step: int
) -> str | None:
    number = page.number + step
    if not 1 <= number <= page.paginator.num_pages:
        return None
    return query(topic, number) or "?"

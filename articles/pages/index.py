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
from articles.pages.catalogue import catalogue
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

    def get_context(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        articles = catalogue(request)
        topics = list(Topic.objects.filter(pk__in=articles.by_topic))
        wanted = request.GET.get("topic", "")
        topic = next((topic for topic in topics if topic.slug == wanted), None)
        featured = None if topic else self.featured_article_id
        keys = [
            key
            for key in (articles.about(topic.pk) if topic else articles.articles)
            if key != featured
        ]
        page_of_keys = Paginator(keys, ARTICLES_PER_PAGE).get_page(
            request.GET.get("page")
        )
        is_first = page_of_keys.number == 1
        first = [featured] if featured and is_first else []
        shown = ArticlePage.objects.teasers([*first, *page_of_keys])
        prefetch_renditions([*self.pictures(), *teaser_pictures(shown)])
        context |= {
            "topics": topics,
            "topic": topic,
            "featured": next((one for one in shown if one.pk == featured), None),
            "articles": [one for one in shown if one.pk != featured],
            "number": page_of_keys.number,
            "total": page_of_keys.paginator.num_pages,
            "canonical_url": context["canonical_url"]
            + query(topic, page_of_keys.number),
            "newer_query": _neighbour(topic, page_of_keys, -1),
            "older_query": _neighbour(topic, page_of_keys, +1),
        }
        return context


def query(topic: Topic | None, number: int) -> str:
    """Return the query of one page of the list: "" for the first page of all topics."""
    values = {"topic": topic.slug} if topic else {}
    if number > 1:
        values["page"] = str(number)
    return f"?{urlencode(values)}" if values else ""


def _neighbour(topic: Topic | None, page: "ResultPage[int]", step: int) -> str | None:
    number = page.number + step
    if not 1 <= number <= page.paginator.num_pages:
        return None
    return query(topic, number) or "?"

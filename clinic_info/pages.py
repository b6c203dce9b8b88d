"""The clinic's own pages: home, about and the like, contact."""

from typing import Any

from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel, PageChooserPanel
from wagtail.fields import RichTextField
from wagtail.models import Page
from wagtail.search import index

from articles.blocks.text import BOX_FEATURES
from articles.images.models import CustomImage
from articles.images.sizes import PictureUse, prefetch_renditions
from articles.pages.article import ArticlePage, teaser_pictures
from articles.pages.base import BasePage, SectionedPage
from articles.pages.catalogue import catalogue
from articles.pages.index import ArticleIndexPage
from articles.pages.visibility import for_readers
from articles.topics import Topic

LATEST_ARTICLES = 3


class HomePage(BasePage):
    """The first page: who we are, how to reach us, what to read."""

    welcome = models.CharField(
        _("welcome"),
        max_length=160,
        blank=True,
        help_text=_(
            "Who the clinic is, in one sentence. For example: We treat skin, and explain "
            "what we do."
        ),
    )
    introduction = RichTextField(
        _("introduction"),
        blank=True,
        features=BOX_FEATURES,
        help_text=_("One or two short paragraphs below the welcome."),
    )
    picture = models.ForeignKey(
        "articles.CustomImage",
        verbose_name=_("picture"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("A photograph of the clinic, or a drawing."),
    )
    featured_article = models.ForeignKey(
        "articles.ArticlePage",
        verbose_name=_("featured article"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("Shown large. The newest articles follow below it."),
    )

    content_panels = Page.content_panels + [
        MultiFieldPanel(
            [
                FieldPanel("welcome"),
                FieldPanel("introduction"),
                FieldPanel("picture"),
            ],
            heading=_("Welcome"),
        ),
        PageChooserPanel("featured_article"),
    ]
    search_fields = Page.search_fields + [
        index.SearchField("welcome"),
        index.SearchField("introduction"),
    ]

    max_count = 1
    parent_page_types = ["wagtailcore.Page"]
    subpage_types = [
        "articles.ArticleIndexPage",
        "clinic_info.StandardPage",
        "clinic_info.ContactPage",
    ]
    page_description = _("The first page of the site.")
    reserved_child_slugs = frozenset(
        {
            "admin",
            "documents",
            "healthz",
            "livez",
            "media",
            "newsletter",
            "search",
            "static",
        }
    )

    class Meta:
        verbose_name = _("home page")
        verbose_name_plural = _("home pages")

    @property
    def summary(self) -> str:
        return self.welcome

    @property
    def share_image(self) -> CustomImage | None:
        return self.social_image or self.picture

    def pictures(self) -> list[PictureUse]:
        uses = list(super().pictures())
        return [*uses, (self.picture, "hero")] if self.picture else uses

    def get_context(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        articles = catalogue(request)
        featured = self.featured_article_id
        first = [featured] if featured else []
        latest = [
            key for key in articles.articles[: LATEST_ARTICLES + 1] if key != featured
        ]
        shown = ArticlePage.objects.teasers([*first, *latest[:LATEST_ARTICLES]])
        prefetch_renditions([*self.pictures(), *teaser_pictures(shown)])
        return context | {
            "featured": next((one for one in shown if one.pk == featured), None),
            "latest": [one for one in shown if one.pk != featured],
            "topics": Topic.objects.filter(pk__in=articles.by_topic),
            "article_index": for_readers(ArticleIndexPage.objects.all()).first(),
        }


class StandardPage(SectionedPage):
    """A page about the clinic, such as "About us" or "Privacy"."""

    show_in_footer = models.BooleanField(
        _("show in footer"),
        default=False,
        help_text=_(
            "Tick this for legal pages such as “Privacy”: every page links them."
        ),
    )

    content_panels = Page.content_panels + [
        FieldPanel("standfirst"),
        FieldPanel("body"),
    ]
    promote_panels = [*BasePage.promote_panels, FieldPanel("show_in_footer")]

    parent_page_types = ["clinic_info.HomePage", "clinic_info.StandardPage"]
    subpage_types = ["clinic_info.StandardPage"]
    page_description = _("A page about the clinic, such as “About us” or “Privacy”.")

    class Meta:
        verbose_name = _("standard page")
        verbose_name_plural = _("standard pages")


class ContactPage(SectionedPage):
    """How to reach the clinic; address and phone come from the clinic's settings."""

    content_panels = Page.content_panels + [
        FieldPanel("standfirst"),
        FieldPanel("body"),
    ]

    max_count = 1
    parent_page_types = ["clinic_info.HomePage"]
    subpage_types: list[str] = []
    page_description = _("Address, phone, directions and how to get in.")

    class Meta:
        verbose_name = _("contact page")
        verbose_name_plural = _("contact pages")

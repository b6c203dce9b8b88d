"""The article: what a clinic publishes and patients read."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.forms import CheckboxSelectMultiple
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.html import escape
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalManyToManyField
from wagtail import blocks
from wagtail.admin.panels import (
    FieldPanel,
    MultiFieldPanel,
    ObjectList,
    TabbedInterface,
)
from wagtail.fields import StreamField
from wagtail.models import Page, PageManager
from wagtail.query import PageQuerySet
from wagtail.search import index
from wagtail.snippets.blocks import SnippetChooserBlock

from articles.blocks.sections import InTurnStreamBlock
from articles.figures import ArticleFigures
from articles.images.models import CustomImage
from articles.images.sizes import PictureUse, prefetch_renditions
from articles.pages import visibility
from articles.pages.base import BasePageForm, SectionedPage
from articles.pages.citation_rules import citation_errors
from articles.people import Author
from articles.references import (
    Bibliography,
    Marks,
    ReferenceBlock,
)
from articles.topics import Topic
from articles.view_counts.chart import ViewsPanel

# The figure that Wagtail's editor uses for English.
WORDS_PER_MINUTE = 238
SECONDS_PER_PICTURE = 10
RELATED_ARTICLES = 3


class ArticleQuerySet(PageQuerySet):
    """Articles by who may see them and what is needed of them."""

    def for_readers(self) -> "ArticleQuerySet":
        """Return what everyone may see: published, and not behind a login or password."""
        return visibility.for_readers(self)

    def newest_first(self) -> "ArticleQuerySet":
        return self.order_by("-first_published_at", "-pk")

    def about(self, topic: Topic) -> "ArticleQuerySet":
        """Return the articles with this topic, be it the main one or a further one."""
        further = self.model.further_topics.through.objects.filter(topic=topic)
        return self.filter(
            models.Q(topic=topic) | models.Q(pk__in=further.values("articlepage"))
        )

    def most_read_first(self) -> "ArticleQuerySet":
        """Order by the views of the last 30 days."""
        return self.order_by("-figures__recent_views", "-pk")

    def for_teasers(self) -> "ArticleQuerySet":
        """Fetch all that teasers show, in a number of queries that does not grow."""
        # Whole articles are long: to read and take them apart costs more than a list.
        return self.select_related("topic", "figures", "hero_image").defer(
            "authors", "body", "references", "related_articles", "search_description"
        )


class ArticleForm(BasePageForm):
    """The article's form: to be published, every mark must have its source."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        body, references = cleaned.get("body"), cleaned.get("references")
        if self.is_deferred_validation or body is None or references is None:
            return cleaned
        caption = cleaned.get("hero_caption", "") if cleaned.get("hero_image") else ""
        for field, error in citation_errors(body, references, caption).items():
            self.add_error(field, error)
        return cleaned


class ArticlePage(SectionedPage):
    """A long-form article in sections, with its sources."""

    topic = models.ForeignKey(
        "articles.Topic",
        verbose_name=_("topic"),
        null=True,
        blank=True,
        # In use it is not deleted (articles.admin); an old revision may name a lost one.
        on_delete=models.SET_NULL,
        related_name="articles",
        help_text=_("What the article is mainly about; it stands above the title."),
    )
    further_topics = ParentalManyToManyField(
        "articles.Topic",
        verbose_name=_("further topics"),
        blank=True,
        related_name="further_articles",
        help_text=_("Other topics in whose lists the article should appear as well."),
    )
    authors = StreamField(
        [("author", SnippetChooserBlock("articles.Author", label=_("Author")))],
        verbose_name=_("authors"),
        blank=True,
        help_text=_("People or teams, in the order in which they should be named."),
    )
    updated_on = models.DateField(
        _("updated on"),
        null=True,
        blank=True,
        help_text=_(
            "Change this when the content changed in a way that readers should know of, "
            "not after mending a typing error. For example: 2026-03-15."
        ),
    )
    hero_image = models.ForeignKey(
        "articles.CustomImage",
        verbose_name=_("main picture"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("Shown large below the title, and small in lists."),
    )
    hero_caption = models.CharField(
        _("caption of the main picture"),
        max_length=300,
        blank=True,
        help_text=_(
            "What readers should see in it, as a sentence. "
            "For example: The three layers of the skin."
        ),
    )
    references = StreamField(
        InTurnStreamBlock([("reference", ReferenceBlock())]),
        verbose_name=_("references"),
        blank=True,
        help_text=_(
            "The sources. Cite one by typing its key in the text, as in "
            "[^fernandes2005]. They are numbered by themselves."
        ),
    )
    related_articles = StreamField(
        [
            (
                "article",
                blocks.PageChooserBlock("articles.ArticlePage", label=_("Article")),
            )
        ],
        verbose_name=_("related articles"),
        blank=True,
        max_num=RELATED_ARTICLES,
        help_text=_(
            "What to read next. Left empty, the newest articles of the same topic stand "
            "there."
        ),
    )
    comments_allowed = models.BooleanField(
        _("comments allowed"),
        default=True,
        help_text=_("Whether readers may write new comments below this article."),
    )
    sponsorship = models.TextField(
        _("sponsorship and conflicts of interest"),
        max_length=500,
        blank=True,
        help_text=_(
            "Who paid for or gains from this article. Left empty, it says “none "
            "declared”. For example: The needles were lent by their maker."
        ),
    )

    content_panels = Page.content_panels + [
        FieldPanel("standfirst"),
        MultiFieldPanel(
            [
                FieldPanel("topic"),
                FieldPanel("further_topics", widget=CheckboxSelectMultiple),
            ],
            heading=_("Topics"),
        ),
        FieldPanel("authors"),
        MultiFieldPanel(
            [FieldPanel("hero_image"), FieldPanel("hero_caption")],
            heading=_("Main picture"),
        ),
        FieldPanel("body"),
        FieldPanel("references"),
    ]
    details_panels = [
        ViewsPanel(),
        MultiFieldPanel(
            [
                FieldPanel(
                    "first_published_at",
                    heading=_("Published"),
                    help_text=_(
                        "Left empty, it is set when the article goes live. Fill it in "
                        "for an article that appeared elsewhere before."
                    ),
                ),
                FieldPanel("updated_on"),
            ],
            heading=_("Dates"),
        ),
        FieldPanel("related_articles"),
        FieldPanel("comments_allowed"),
        FieldPanel("sponsorship"),
    ]
    edit_handler = TabbedInterface(
        [
            ObjectList(content_panels, heading=_("Content")),
            # Wagtail's own settings are scheduling and comments between editors.
            ObjectList(
                [*details_panels, *SectionedPage.settings_panels], heading=_("Details")
            ),
            ObjectList(SectionedPage.promote_panels, heading=_("Promote")),
        ]
    )
    search_fields = SectionedPage.search_fields + [
        index.RelatedFields("topic", [index.SearchField("name")]),
        index.FilterField("topic"),
    ]

    base_form_class = ArticleForm
    exclude_fields_in_copy = ["updated_on"]
    parent_page_types = ["articles.ArticleIndexPage"]
    subpage_types: list[str] = []
    open_graph_type = "article"
    page_description = _("A long article in sections, with sources and comments.")

    objects = PageManager.from_queryset(ArticleQuerySet)()

    class Meta:
        verbose_name = _("article")
        verbose_name_plural = _("articles")

    @property
    def share_image(self) -> CustomImage | None:
        return self.social_image or self.hero_image

    @property
    def reading_minutes(self) -> int:
        """Return how long reading takes, rounded, at least a minute."""
        texts = self.body.stream_block.get_searchable_content(self.body)
        words = sum(len(text.split()) for text in (self.standfirst, *texts))
        pictures = len(
            [size for _image, size in self.pictures() if size in SHOWN_ALONE]
        )
        seconds = words / WORDS_PER_MINUTE * 60 + pictures * SECONDS_PER_PICTURE
        return max(1, round(seconds / 60))

    @cached_property
    def author_list(self) -> list[Author]:
        """Return the authors in order; one that was deleted is left out."""
        keys = [entry["value"] for entry in self.authors.raw_data]
        found = Author.objects.select_related("photo").in_bulk(keys)
        return [found[key] for key in keys if key in found]

    @property
    def authors_with_about(self) -> list[Author]:
        return [author for author in self.author_list if author.about]

    @cached_property
    def bibliography(self) -> Bibliography:
        return Bibliography(
            [block.value for block in self.references],
            [escape(self.hero_caption) if self.hero_image else "", *self.texts],
        )

    @property
    def live_figures(self) -> ArticleFigures:
        """Return the article's figures; zeros for a preview of one not yet saved."""
        try:
            return self.figures
        except ArticleFigures.DoesNotExist:
            return ArticleFigures()

    @property
    def shows_comments(self) -> bool:
        """Tell whether the article has anything to say about comments at all."""
        return self.comments_allowed or self.live_figures.approved_comments > 0

    def publication_errors(self) -> dict[str, ValidationError]:
        caption = self.hero_caption if self.hero_image else ""
        cited = citation_errors(self.body, self.references, caption)
        return super().publication_errors() | cited

    def related(self) -> list["ArticlePage"]:
        """Return what to read next: chosen, else the newest of the same topic."""
        others = ArticlePage.objects.for_readers().exclude(pk=self.pk).for_teasers()
        chosen = [entry["value"] for entry in self.related_articles.raw_data]
        if chosen:
            found = others.in_bulk(chosen)
            return [found[pk] for pk in chosen if pk in found]
        if self.topic is None:
            return []
        return list(others.about(self.topic).newest_first()[:RELATED_ARTICLES])

    def pictures(self) -> list[PictureUse]:
        uses = super().pictures()
        if self.hero_image:
            uses += [(self.hero_image, "hero"), (self.hero_image, "teaser")]
        return uses + [
            (author.photo, "portrait") for author in self.author_list if author.photo
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        is_new = self._state.adding
        super().save(*args, **kwargs)
        if is_new:
            ArticleFigures.objects.get_or_create(article=self)

    def get_context(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        related = self.related()
        prefetch_renditions([*self.pictures(), *teaser_pictures(related)])
        return context | {
            "list_url": self.get_url(request).removesuffix(f"{self.slug}/"),
            "marks": Marks(self.bibliography),
            "related_articles": related,
        }


def teaser_pictures(articles: Iterable[ArticlePage]) -> list[PictureUse]:
    """Return the pictures that the teasers of articles show, large or small."""
    return [
        (article.hero_image, size)
        for article in articles
        if article.hero_image
        for size in ("hero", "teaser")
    ]


# Sizes at which a picture takes time to look at.
SHOWN_ALONE = {"hero", "figure", "pair", "poster"}

"""What every page of the site is."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminPageForm
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.fields import StreamField
from wagtail.models import Page
from wagtail.search import index
from wagtail.url_routing import RouteResult

from articles import anchors
from articles.blocks.errors import messages_in
from articles.blocks.media import fetched_at_once
from articles.blocks.sections import BodyBlock, pictures_in, texts_in
from articles.images.sizes import PictureUse
from clinic_site.addresses import absolute_url
from clinic_site.caching import fresh_until, same_for_everyone


class NotPublishableError(PermissionDenied):
    """A page is not as readers may see it. The admin answers without a server error."""

    def __init__(self, title: str, errors: Mapping[str, ValidationError]) -> None:
        reasons = [reason for error in errors.values() for reason in messages_in(error)]
        super().__init__(
            _("“%(title)s” cannot be published: %(reasons)s")
            % {"title": title, "reasons": " ".join(reasons)}
        )


class BasePageForm(WagtailAdminPageForm):
    """The form of every page in the admin."""

    def clean_slug(self) -> str:
        slug = self.cleaned_data["slug"]
        parent = self.parent_page
        if parent is not None:
            check_slug_is_free(slug, parent.specific_class)
        return slug


class BasePage(Page):
    """A page with what search engines and social networks are told about it."""

    # Slugs that pages below may not have, because the site answers there itself.
    reserved_child_slugs: ClassVar[frozenset[str]] = frozenset()
    open_graph_type: ClassVar[str] = "website"
    # Names of the query on which the page depends; all others make no difference.
    page_query: ClassVar[tuple[str, ...]] = ()

    social_image = models.ForeignKey(
        "articles.CustomImage",
        verbose_name=_("social picture"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_(
            "Shown when somebody shares the page. Without it the page's own picture is "
            "used. It is cut to 1200 by 630 pixels."
        ),
    )

    base_form_class = BasePageForm
    promote_panels = [
        MultiFieldPanel(
            [
                FieldPanel("slug"),
                FieldPanel("seo_title"),
                FieldPanel("search_description"),
                FieldPanel("social_image"),
            ],
            heading=_("Search engines and sharing"),
        ),
        MultiFieldPanel([FieldPanel("show_in_menus")], heading=_("Navigation")),
    ]

    class Meta:
        abstract = True

    @property
    def meta_title(self) -> str:
        return self.seo_title or self.title

    @property
    def meta_description(self) -> str:
        return self.search_description or self.summary

    @property
    def summary(self) -> str:
        """Return the page in a sentence or two, as plain text."""
        return ""

    @property
    def share_image(self) -> Any:
        """Return the picture for sharing, or None."""
        return self.social_image

    def pictures(self) -> Iterable[PictureUse]:
        """Return the pictures that the page's templates show, each with its size."""
        return [(self.share_image, "social")] if self.share_image else []

    def route(self, request: HttpRequest, path_components: list[str]) -> RouteResult:
        if len(path_components) < 2:
            return super().route(request, path_components)
        # A page on the way is asked for the next one only: its own fields can stay.
        slug, *rest = path_components
        child = self.get_children().filter(slug=slug).first()
        if child is None:
            raise Http404
        return child.specific_deferred.route(request, rest)

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.expire_at is not None:
            # The worker takes the page off within a minute; readers do not wait for it.
            if self.expire_at <= timezone.now():
                raise Http404
            fresh_until(request, self.expire_at)
        same_for_everyone(request, query=self.page_query)
        return super().serve(request, *args, **kwargs)

    def get_context(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        # The one full address under which search engines should know the page.
        context["canonical_url"] = absolute_url(self.get_url(request) or "/")
        return context

    def clean(self) -> None:
        super().clean()
        # While a page is being created it has no parent yet; the form knows it then.
        parent = self.get_parent() if self.path else None
        if parent is not None:
            try:
                check_slug_is_free(self.slug, parent.specific_class)
            except ValidationError as error:
                raise ValidationError({"slug": error}) from error


class SectionedPage(BasePage):
    """A page written in sections that can be linked to."""

    standfirst = models.TextField(
        _("standfirst"),
        max_length=500,
        blank=True,
        help_text=_(
            "One or two sentences that say what the page is about and for whom. "
            "They stand below the title, and in lists."
        ),
    )
    body = StreamField(BodyBlock(), verbose_name=_("body"))

    search_fields = Page.search_fields + [
        index.SearchField("standfirst"),
        index.SearchField("body"),
    ]

    class Meta:
        abstract = True

    @property
    def summary(self) -> str:
        return self.standfirst

    @property
    def contents(self) -> list[dict[str, str]]:
        """Return heading and anchor of each section that can be linked to, in order."""
        return [
            {"heading": section.value["heading"], "anchor": section.value["anchor"]}
            for section in self.body
            if section.value["anchor"] and section.value["heading"].strip()
        ]

    @cached_property
    def texts(self) -> list[str]:
        """Return every text of the body in the order it is shown, rich text as HTML."""
        return list(texts_in(self.body.stream_block, self.body))

    def pictures(self) -> list[PictureUse]:
        return [*super().pictures(), *pictures_in(self.body)]

    def publication_errors(self) -> dict[str, ValidationError]:
        """Return why the page cannot be published as it is, by field."""
        try:
            self.body.stream_block.clean(self.body)
        except ValidationError as error:
            return {"body": error}
        return {}

    def publish(self, revision: Any, *args: Any, **kwargs: Any) -> None:
        """Publish a revision, whichever way it was asked for: in bulk, by approval.

        Raises NotPublishableError for one that the editor's form would refuse.
        """
        errors = revision.as_object().publication_errors()
        if errors:
            raise NotPublishableError(self.title, errors)
        super().publish(revision, *args, **kwargs)

    def settle_anchors(self) -> None:
        """Give each section its anchor, keeping all that have been given before."""
        sections = list(self.body)
        heads = [
            anchors.SectionHead(
                id=str(section.id or position),
                heading=section.value["heading"] or "",
                anchor=section.value["anchor"] or "",
            )
            for position, section in enumerate(sections)
        ]
        given = [head.anchor for head in heads if head.anchor or head.heading.strip()]
        if all(given) and len(set(given)) == len(given):
            return
        assigned = anchors.assign(
            heads, self._published_anchors(), self._drafted_anchors()
        )
        for section, anchor in zip(sections, assigned, strict=True):
            section.value["anchor"] = anchor

    def _published_anchors(self) -> dict[str, str]:
        if self.pk is None:
            return {}
        live = type(self)._default_manager.filter(pk=self.pk, live=True).first()
        return _anchors_by_id(live.body.raw_data) if live else {}

    def _drafted_anchors(self) -> dict[str, str]:
        revision = self.get_latest_revision() if self.pk else None
        return _anchors_by_id(json.loads(revision.content["body"])) if revision else {}

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.settle_anchors()
        super().save(*args, **kwargs)

    def save_revision(self, *args: Any, **kwargs: Any) -> Any:
        self.settle_anchors()
        return super().save_revision(*args, **kwargs)

    def serve_preview(self, request: HttpRequest, mode_name: str) -> HttpResponse:
        self.settle_anchors()
        return super().serve_preview(request, mode_name)

    def get_context(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> dict[str, Any]:
        with fetched_at_once(self.body.raw_data):
            list(self.body)
        return super().get_context(request, *args, **kwargs)


def check_slug_is_free(slug: str, parent_class: type[Page]) -> None:
    """Raise ValidationError if the site answers itself at this slug below the parent."""
    if slug in getattr(parent_class, "reserved_child_slugs", ()):
        raise ValidationError(
            _("The site itself needs the address “%(slug)s”. Please choose another."),
            code="reserved",
            params={"slug": slug},
        )


def _anchors_by_id(sections: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    return {
        section["id"]: section["value"]["anchor"]
        for section in sections
        if section.get("id") and section["value"].get("anchor")
    }

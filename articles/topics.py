"""Topics: what articles are about, and how readers narrow a list down."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, TitleFieldPanel
from wagtail.search import index


class Topic(index.Indexed, models.Model):
    """A subject that articles share, such as "Micro Needling"."""

    name = models.CharField(
        _("name"),
        max_length=80,
        unique=True,
        help_text=_(
            "The subject in one to three words, as patients say it. "
            "For example: Micro Needling."
        ),
    )
    slug = models.SlugField(
        _("slug"),
        max_length=80,
        unique=True,
        help_text=_(
            "The subject in web addresses, made from the name. "
            "For example: micro-needling. Old links break when it changes."
        ),
    )
    description = models.CharField(
        _("description"),
        max_length=255,
        blank=True,
        help_text=_(
            "One sentence above the list of this topic's articles. "
            "For example: What fine needles do to skin, and for whom it is."
        ),
    )

    panels = [
        TitleFieldPanel("name"),
        FieldPanel("slug"),
        FieldPanel("description"),
    ]
    search_fields = [index.SearchField("name"), index.AutocompleteField("name")]

    class Meta:
        ordering = ["name"]
        verbose_name = _("topic")
        verbose_name_plural = _("topics")

    def __str__(self) -> str:
        return self.name

"""Who wrote an article: a person, or a team of the clinic."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.search import index


class Author(index.Indexed, models.Model):
    """A person or a team whose name stands above articles."""

    class Kind(models.TextChoices):
        PERSON = "person", _("Person")
        TEAM = "team", _("Team")

    name = models.CharField(
        _("name"),
        max_length=120,
        unique=True,
        help_text=_(
            "The name as readers see it. For example: Patient Information Team."
        ),
    )
    kind = models.CharField(
        _("kind"),
        max_length=10,
        choices=Kind,
        default=Kind.PERSON,
        help_text=_("Whether this is one person or a team of the clinic."),
    )
    credentials = models.CharField(
        _("credentials"),
        max_length=160,
        blank=True,
        help_text=_(
            "Why readers may trust the author, in a few words. "
            "For example: Consultant dermatologist, MRCP."
        ),
    )
    about = models.TextField(
        _("about"),
        blank=True,
        help_text=_("Two or three sentences shown at the end of articles."),
    )
    photo = models.ForeignKey(
        "articles.CustomImage",
        verbose_name=_("photo"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("A portrait. A team needs none."),
    )

    panels = [
        FieldPanel("name"),
        FieldPanel("kind"),
        FieldPanel("credentials"),
        FieldPanel("about"),
        FieldPanel("photo"),
    ]
    search_fields = [index.SearchField("name"), index.AutocompleteField("name")]

    class Meta:
        ordering = ["name"]
        verbose_name = _("author")
        verbose_name_plural = _("authors")

    def __str__(self) -> str:
        return self.name

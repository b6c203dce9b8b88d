"""What the whole site says for a time."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel
from wagtail.models import PreviewableMixin


class NoticeQuerySet(models.QuerySet["Notice"]):
    def not_over(self, now: datetime) -> "NoticeQuerySet":
        """Return the notices that are shown or will be."""
        return self.filter(ends_at__gt=now)


class Notice(PreviewableMixin, models.Model):
    """A sentence at the head of every page, from its start to its end without an edit."""

    class Urgency(models.TextChoices):
        NOTE = "note", _("For your information")
        IMPORTANT = "important", _("Important")
        EMERGENCY = "emergency", _("Emergency")

    text = models.CharField(
        _("text"),
        max_length=240,
        help_text=_(
            "One or two sentences. "
            "For example: The lift is being repaired. Please call if you need help."
        ),
    )
    link_url = models.CharField(
        _("link"),
        max_length=200,
        blank=True,
        help_text=_("Where readers learn more. For example: /contact/."),
    )
    link_text = models.CharField(
        _("text of the link"),
        max_length=60,
        blank=True,
        help_text=_("What the link leads to. For example: How to reach us."),
    )
    urgency = models.CharField(
        _("urgency"),
        max_length=10,
        choices=Urgency,
        default=Urgency.NOTE,
        help_text=_("The word that stands before the text. Save “Emergency” for one."),
    )
    starts_at = models.DateTimeField(
        _("start"),
        help_text=_("From then on every page shows it. For example: 2026-12-01 8:00."),
    )
    ends_at = models.DateTimeField(
        _("end"),
        help_text=_("Then it disappears by itself. For example: 2026-12-05 18:00."),
    )

    panels = [
        FieldPanel("text"),
        FieldPanel("urgency"),
        FieldRowPanel(
            [FieldPanel("starts_at"), FieldPanel("ends_at")], heading=_("Shown")
        ),
        MultiFieldPanel(
            [FieldPanel("link_text"), FieldPanel("link_url")], heading=_("Link")
        ),
    ]

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ["-starts_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="clinic_info_notice_ends_after_start",
                violation_error_message=_("The end must be after the start."),
            ),
            models.CheckConstraint(
                condition=Q(link_url="", link_text="")
                | (~Q(link_url="") & ~Q(link_text="")),
                name="clinic_info_notice_link_is_whole",
                violation_error_message=_("A link needs an address and a text."),
            ),
        ]

    def __str__(self) -> str:
        return self.text

    def clean(self) -> None:
        super().clean()
        errors = {}
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            errors["ends_at"] = _("The end must be after the start.")
        if self.link_url and not _is_link(self.link_url):
            errors["link_url"] = _(
                "Begin with / for a page of this site, or with https://."
            )
        if self.link_url and not self.link_text:
            errors["link_text"] = _("Say in a few words what the link leads to.")
        if self.link_text and not self.link_url:
            errors["link_url"] = _("Say where the link leads to.")
        if errors:
            raise ValidationError(errors)

    def is_shown(self, now: datetime) -> bool:
        return self.starts_at <= now < self.ends_at

    def get_preview_template(self, request: HttpRequest, mode_name: str) -> str:
        return "clinic_info/notices/preview.html"

    def get_preview_context(
        self, request: HttpRequest, mode_name: str
    ) -> dict[str, Any]:
        return super().get_preview_context(request, mode_name) | {"notices": [self]}


def _is_link(address: str) -> bool:
    is_own = address.startswith("/") and not address.startswith(("//", "/\\"))
    return is_own or address.startswith(("https://", "http://"))

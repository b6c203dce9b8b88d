"""An issue of the newsletter: what staff write, and how far its sending has come."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import strip_tags
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.admin.panels import FieldPanel
from wagtail.fields import RichTextField, StreamField
from wagtail.models import PreviewableMixin

from clinic_info.newsletter.issue_mail import rendered
from clinic_info.newsletter.models import Delivery

MOST_ARTICLES = 20
TEXT_FEATURES = ["bold", "italic", "link", "ol", "ul"]
one_line = RegexValidator(r"[\r\n]", _("Write one line."), inverse_match=True)


class ArticleBlock(blocks.StructBlock):
    """An article in an issue: title, picture and link are the article's own."""

    article = blocks.PageChooserBlock(
        "articles.ArticlePage",
        label=_("Article"),
        help_text=_("A published article. For example: How micro-needling works."),
    )
    teaser = blocks.TextBlock(
        label=_("Teaser"),
        required=False,
        max_length=500,
        help_text=_(
            "One or two sentences in place of the article's own standfirst. "
            "Left empty, the standfirst stands there."
        ),
    )

    class Meta:
        icon = "doc-full"
        label = _("Article")


class IssueQuerySet(models.QuerySet["Issue"]):
    def in_archive(self) -> "IssueQuerySet":
        """Return what everyone may read: issues that somebody may have, newest first.

        Their mails link to it as soon as the first is out.
        """
        begun = Q(
            status__in=[Issue.Status.SENDING, Issue.Status.PAUSED],
            started_at__isnull=False,
            rendered__isnull=False,
        )
        # What is in hand when an issue is cancelled may arrive all the same.
        handed_over = Delivery.objects.filter(
            issue=OuterRef("pk"),
            status__in=[
                Delivery.Status.SENT,
                Delivery.Status.SENDING,
                Delivery.Status.UNKNOWN,
            ],
        )
        given_up = Q(Exists(handed_over), status=Issue.Status.CANCELLED)
        shown = Q(status=Issue.Status.SENT) | begun | given_up
        return self.filter(shown).order_by("-started_at", "-pk")


class Issue(PreviewableMixin, models.Model):
    """One newsletter. It can be changed until it is sent."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SCHEDULED = "scheduled", _("Scheduled")
        SENDING = "sending", _("Being sent")
        PAUSED = "paused", _("Paused")
        SENT = "sent", _("Sent")
        CANCELLED = "cancelled", _("Cancelled")

    subject = models.CharField(
        _("subject"),
        max_length=120,
        validators=[one_line],
        help_text=_(
            "What stands in the list of an inbox. "
            "For example: Skin in spring: sun, pollen, dry air."
        ),
    )
    preview_line = models.CharField(
        _("preview line"),
        max_length=140,
        blank=True,
        validators=[one_line],
        help_text=_(
            "Inboxes show it after the subject. "
            "For example: Three new articles, and our hours over Easter."
        ),
    )
    introduction = RichTextField(
        _("introduction"),
        blank=True,
        features=TEXT_FEATURES,
        help_text=_("A few sentences before the articles, as you would say them."),
    )
    articles = StreamField(
        [("article", ArticleBlock())],
        verbose_name=_("articles"),
        blank=True,
        max_num=MOST_ARTICLES,
        help_text=_("In the order in which readers should see them."),
    )
    closing = RichTextField(
        _("closing text"),
        blank=True,
        features=TEXT_FEATURES,
        help_text=_(
            "What comes after the articles. For example: See you soon, your Linden team."
        ),
    )
    status = models.CharField(
        _("status"),
        max_length=12,
        choices=Status,
        default=Status.DRAFT,
        editable=False,
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    scheduled_at = models.DateTimeField(
        _("scheduled for"), null=True, blank=True, editable=False
    )
    started_at = models.DateTimeField(_("sent at"), null=True, editable=False)
    finished_at = models.DateTimeField(_("finished at"), null=True, editable=False)
    # The last sign of life of its sending, and until when the mail server is left alone.
    active_at = models.DateTimeField(_("active at"), null=True, editable=False)
    held_until = models.DateTimeField(_("held until"), null=True, editable=False)
    # Of a digest: articles that were published until then had their turn.
    new_until = models.DateTimeField(_("new until"), null=True, editable=False)
    # Why it waits or was paused, for staff.
    remark = models.CharField(_("remark"), max_length=200, blank=True, editable=False)

    panels = [
        FieldPanel("subject", classname="title"),
        FieldPanel("preview_line"),
        FieldPanel("introduction"),
        FieldPanel("articles"),
        FieldPanel("closing"),
    ]
    preview_modes = [("html", _("HTML")), ("text", _("Text"))]

    objects = IssueQuerySet.as_manager()

    class Meta:
        verbose_name = _("newsletter issue")
        verbose_name_plural = _("newsletter issues")
        permissions = [("send_issue", "Can send newsletter issues")]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    status__in=[
                        "draft",
                        "scheduled",
                        "sending",
                        "paused",
                        "sent",
                        "cancelled",
                    ]
                ),
                name="clinic_info_issue_status",
            ),
            models.CheckConstraint(
                condition=~Q(status="scheduled") | Q(scheduled_at__isnull=False),
                name="clinic_info_issue_scheduled_for_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["sending", "paused", "sent"])
                | Q(started_at__isnull=False, active_at__isnull=False),
                name="clinic_info_issue_started_at_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(status="sent") | Q(finished_at__isnull=False),
                name="clinic_info_issue_finished_at_a_time",
            ),
        ]
        indexes = [
            models.Index(fields=["status", "started_at"], name="clinic_info_issue_due")
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def is_editable(self) -> bool:
        """Tell whether it may still be changed: nothing of it has been sent."""
        return self.status in {self.Status.DRAFT, self.Status.SCHEDULED}

    @property
    def archive_path(self) -> str:
        return reverse("newsletter_issue", args=[self.pk])

    def clean(self) -> None:
        super().clean()
        if not (self.has_text or self.articles):
            raise ValidationError(
                {"introduction": _("Write something, or choose an article below.")}
            )

    def serve_preview(self, request: HttpRequest, mode_name: str) -> HttpResponse:
        content = rendered(self)
        if mode_name == "text":
            return HttpResponse(content.text, content_type="text/plain; charset=utf-8")
        response = HttpResponse(content.html)
        # A mail's styles stand in its elements. Nothing else of it may run or load.
        response["Content-Security-Policy"] = (
            "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; "
            "frame-ancestors 'self'"
        )
        return response

    def with_defaults_of_a_draft(self) -> "Issue":
        """Return this issue as a new draft that nobody has got yet."""
        fields: dict[str, Any] = {
            name: getattr(self, name)
            for name in (
                "subject",
                "preview_line",
                "introduction",
                "articles",
                "closing",
            )
        }
        return Issue(**fields)

    @property
    def has_text(self) -> bool:
        """Tell whether it says something besides its articles."""
        return bool(strip_tags(self.introduction + self.closing).strip())

    def article_keys(self) -> list[int]:
        """Return the keys of its articles in their order, withdrawn ones too."""
        chosen = (block.value["article"] for block in self.articles)
        return [article.pk for article in chosen if article]

    def may_be_sent_at(self, now: datetime) -> bool:
        return self.held_until is None or self.held_until <= now


class RenderedIssue(models.Model):
    """The mail that an issue became when its sending began, the same for every subscriber."""

    issue = models.OneToOneField(
        "clinic_info.Issue",
        verbose_name=_("issue"),
        primary_key=True,
        on_delete=models.CASCADE,
        related_name="rendered",
    )
    subject = models.CharField(_("subject"), max_length=200)
    text = models.TextField(_("text"))
    html = models.TextField(_("HTML"))

    class Meta:
        verbose_name = _("rendered issue")
        verbose_name_plural = _("rendered issues")

    def __str__(self) -> str:
        return self.subject

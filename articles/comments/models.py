"""A comment: what somebody wrote under an article, and what the clinic decided about it."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.contrib.settings.models import BaseGenericSetting, register_setting

LONGEST_NAME = 80
LONGEST_TEXT = 4000


class CommentQuerySet(models.QuerySet["Comment"]):
    """Comments by who may see them, and in which order."""

    def shown(self) -> "CommentQuerySet":
        """Return what readers see: approved, and not an answer to what they do not see."""
        approved = Comment.Status.APPROVED
        return self.filter(
            models.Q(parent=None) | models.Q(parent__status=approved), status=approved
        )

    def awaiting(self) -> "CommentQuerySet":
        return self.filter(status=Comment.Status.AWAITING)

    def in_threads(self) -> "CommentQuerySet":
        """Order by conversation, oldest first, each answer below what it answers."""
        return self.order_by(
            Coalesce("parent__written_at", "written_at"),
            Coalesce("parent_id", "id"),
            models.F("parent_id").asc(nulls_first=True),
            "written_at",
            "id",
        )

    def by_same_writer(self, comment: "Comment") -> "CommentQuerySet":
        """Return the other comments with this one's email or network address."""
        same = models.Q(pk__in=[])
        if comment.email:
            same |= models.Q(email__iexact=comment.email)
        if comment.sender_hash:
            same |= models.Q(sender_hash=comment.sender_hash)
        return self.filter(same).exclude(pk=comment.pk)


class Comment(models.Model):
    """A reader's comment on an article, an answer to one, or the clinic's answer."""

    class Status(models.TextChoices):
        AWAITING = "awaiting", _("Awaiting moderation")
        APPROVED = "approved", _("Approved")
        REJECTED = "rejected", _("Rejected")
        SPAM = "spam", _("Spam")

    article = models.ForeignKey(
        "articles.ArticlePage",
        verbose_name=_("article"),
        on_delete=models.CASCADE,
        related_name="comments",
    )
    # An answer goes with what it answers. What is answered is never an answer itself:
    # `submission.py` and `decisions.py`, the only places that make comments, see to it.
    parent = models.ForeignKey(
        "self",
        verbose_name=_("answer to"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="replies",
    )
    name = models.CharField(_("name"), max_length=LONGEST_NAME)
    email = models.EmailField(_("email"), blank=True)
    text = models.TextField(_("text"), max_length=LONGEST_TEXT)
    status = models.CharField(
        _("status"), max_length=10, choices=Status, default=Status.AWAITING
    )
    written_at = models.DateTimeField(_("written at"))
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("decided by"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    # Stays the clinic's when the account of the member of staff is deleted.
    is_from_clinic = models.BooleanField(_("from the clinic"), default=False)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("answered by"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    wants_mail = models.BooleanField(_("wants to be told"), default=False)
    # Erased with the email when their time is over (`jobs.py`).
    sender_hash = models.BinaryField(_("sender"), max_length=16, null=True, blank=True)
    # When staff were told that it waits.
    announced_at = models.DateTimeField(_("announced at"), null=True, blank=True)

    objects = CommentQuerySet.as_manager()

    class Meta:
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        # Nobody types a comment in the admin, save as an answer.
        default_permissions = ("view", "change", "delete")
        permissions = [("answer_comment", "Can answer comments for the clinic")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    status__in=["awaiting", "approved", "rejected", "spam"]
                ),
                name="articles_comment_status",
            ),
            models.CheckConstraint(
                condition=(
                    models.Q(status="awaiting", decided_at=None)
                    | models.Q(status="spam")
                    | models.Q(
                        status__in=["approved", "rejected"], decided_at__isnull=False
                    )
                ),
                name="articles_comment_decision_is_dated",
            ),
            models.CheckConstraint(
                condition=~models.Q(parent=models.F("id")),
                name="articles_comment_not_its_own_parent",
            ),
            models.CheckConstraint(
                condition=~models.Q(name="") & ~models.Q(text=""),
                name="articles_comment_says_something",
            ),
            models.CheckConstraint(
                condition=models.Q(is_from_clinic=False)
                | models.Q(email="", sender_hash=None, wants_mail=False),
                name="articles_comment_clinic_is_no_reader",
            ),
            models.CheckConstraint(
                condition=models.Q(answered_by=None) | models.Q(is_from_clinic=True),
                name="articles_comment_only_staff_have_accounts",
            ),
            # Without an address there is nowhere to write to.
            models.CheckConstraint(
                condition=models.Q(wants_mail=False) | ~models.Q(email=""),
                name="articles_comment_mail_needs_an_address",
            ),
        ]
        indexes = [
            models.Index(
                fields=["article", "written_at"],
                condition=models.Q(status="approved"),
                name="articles_comment_shown",
            ),
            models.Index(
                fields=["status", "-written_at"], name="articles_comment_by_status"
            ),
            models.Index(fields=["email"], name="articles_comment_email"),
            models.Index(fields=["sender_hash"], name="articles_comment_sender"),
        ]

    def __str__(self) -> str:
        # For logs and messages: no name and no text.
        return gettext("Comment %(pk)s") % {"pk": self.pk}

    @property
    def is_shown(self) -> bool:
        approved = self.Status.APPROVED
        return self.status == approved and (
            self.parent is None or self.parent.status == approved
        )

    @property
    def can_be_answered(self) -> bool:
        return self.parent_id is None


@register_setting(icon="comment")
class CommentSettings(BaseGenericSetting):
    """What staff decide about comments once for all articles."""

    blocked_words = models.TextField(
        _("blocked words"),
        blank=True,
        max_length=5000,
        help_text=_(
            "A comment with one of these words or phrases goes to spam, where you can "
            "still find it. One a line. For example: casino bonus."
        ),
    )
    most_links = models.PositiveSmallIntegerField(
        _("most links"),
        default=2,
        help_text=_(
            "How many web addresses a comment may hold; with more, the writer is asked "
            "to take some out. For example: 2."
        ),
    )

    panels = [FieldPanel("blocked_words"), FieldPanel("most_links")]

    class Meta:
        verbose_name = _("comment settings")

    def __str__(self) -> str:
        return gettext("Settings for comments")


def closing_time(first_published_at: datetime | None) -> datetime | None:
    """Return when comments on an article close, None if they stay open."""
    days = settings.COMMENTS_CLOSE_AFTER_DAYS
    if not days or first_published_at is None:
        return None
    return first_published_at + timedelta(days=days)

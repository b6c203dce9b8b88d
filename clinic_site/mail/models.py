"""What is stored of mails to single people: what they are about, and what became of them."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clinic_site.mail.outcomes import explained

# Stands for the address in a mail that is being sent, once nobody may know it any more.
WITHDRAWN = "withdrawn@mail.invalid"


class OutgoingMailQuerySet(models.QuerySet["OutgoingMail"]):
    def needing_a_person(self) -> Self:
        """Return mails that will not be tried again unless somebody decides so."""
        status = OutgoingMail.Status
        return self.filter(status__in=[status.FAILED, status.UNKNOWN])


class OutgoingMail(models.Model):
    """One mail to one person. It is built when it is sent; the address goes once it was."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        NOT_NEEDED = "not_needed", _("No longer needed")
        FAILED = "failed", _("Failed")
        UNKNOWN = "unknown", _("Unknown whether it was sent")

    key = models.CharField(
        _("key"),
        max_length=200,
        unique=True,
        help_text=_(
            "What the mail is about, without personal data. Of one key there is one mail. "
            "For example: comment-approved:12."
        ),
    )
    kind = models.CharField(_("kind"), max_length=60)
    reference = models.CharField(_("reference"), max_length=200, blank=True)
    recipient = models.EmailField(_("recipient"), blank=True)
    status = models.CharField(
        _("status"), max_length=12, choices=Status, default=Status.WAITING
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    # What the last attempt came to, without addresses.
    outcome = models.CharField(_("outcome"), max_length=60, blank=True)
    queued_at = models.DateTimeField(_("queued at"))
    next_try_at = models.DateTimeField(_("next try at"))
    tried_at = models.DateTimeField(_("last tried at"), null=True, blank=True)
    owner = models.CharField(_("owner"), max_length=32, blank=True)
    leased_until = models.DateTimeField(_("leased until"), null=True, blank=True)

    objects = OutgoingMailQuerySet.as_manager()

    class Meta:
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    status__in=[
                        "waiting",
                        "sending",
                        "sent",
                        "not_needed",
                        "failed",
                        "unknown",
                    ]
                ),
                name="clinic_site_outgoingmail_status",
            ),
            models.CheckConstraint(
                condition=(
                    Q(status="sending", leased_until__isnull=False) & ~Q(owner="")
                )
                | (~Q(status="sending") & Q(owner="", leased_until=None)),
                name="clinic_site_outgoingmail_claimed_while_sending",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["waiting", "sending"]) | ~Q(recipient=""),
                name="clinic_site_outgoingmail_addressed_until_sent",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["sent", "not_needed"]) | Q(recipient=""),
                name="clinic_site_outgoingmail_forgotten_when_sent",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_try_at"],
                condition=Q(status="waiting"),
                name="clinic_site_mail_due",
            ),
            models.Index(
                fields=["leased_until"],
                condition=Q(status="sending"),
                name="clinic_site_mail_leased",
            ),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def reason(self) -> str:
        """What the last attempt came to, for staff."""
        return explained(self.outcome)

"""Who gets the newsletter, since when and why, and what was sent to whom."""

from typing import Self
from uuid import uuid4

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from clinic_site.mail.outcomes import explained

HASH_BYTES = 32


class SubscriberQuerySet(models.QuerySet["Subscriber"]):
    def confirmed(self) -> Self:
        """Return those who get issues."""
        return self.filter(status=Subscriber.Status.CONFIRMED)


class Subscriber(models.Model):
    """An address that asked for the newsletter; it gets issues once confirmed."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("Not confirmed yet")
        CONFIRMED = "confirmed", _("Confirmed")
        UNSUBSCRIBED = "unsubscribed", _("Unsubscribed")
        BOUNCED = "bounced", _("Address does not exist")

    public_id = models.UUIDField(
        _("public id"), default=uuid4, unique=True, editable=False
    )
    email = models.EmailField(
        _("email"),
        help_text=_("One address per person. For example: ann@patient.example."),
    )
    status = models.CharField(
        _("status"), max_length=12, choices=Status, default=Status.WAITING
    )
    created_at = models.DateTimeField(_("asked at"))
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    left_at = models.DateTimeField(_("unsubscribed at"), null=True, blank=True)

    objects = SubscriberQuerySet.as_manager()

    class Meta:
        verbose_name = _("subscriber")
        verbose_name_plural = _("subscribers")
        permissions = [
            ("import_subscriber", "Can import subscribers"),
            ("export_subscriber", "Can export subscribers"),
        ]
        constraints = [
            models.UniqueConstraint(
                Lower("email"), name="clinic_info_subscriber_email_unique"
            ),
            models.CheckConstraint(
                condition=Q(
                    status__in=["waiting", "confirmed", "unsubscribed", "bounced"]
                ),
                name="clinic_info_subscriber_status",
            ),
            models.CheckConstraint(
                condition=~Q(status="confirmed") | Q(confirmed_at__isnull=False),
                name="clinic_info_subscriber_confirmed_at_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(status="unsubscribed") | Q(left_at__isnull=False),
                name="clinic_info_subscriber_left_at_a_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["status", "created_at"], name="clinic_info_subscriber_list"
            )
        ]

    def __str__(self) -> str:
        # Wagtail's log keeps this for ever: no address.
        return f"{Subscriber._meta.verbose_name} {self.pk}"


class Consent(models.Model):
    """One entry of the ledger: what somebody agreed to or changed, when, and where."""

    class Kind(models.TextChoices):
        ASKED = "asked", _("Asked for the newsletter")
        CONFIRMED = "confirmed", _("Confirmed by the link in a mail")
        ADDED = "added", _("Added by staff")
        IMPORTED = "imported", _("Imported")
        UNSUBSCRIBED = "unsubscribed", _("Unsubscribed")
        RESUMED = "resumed", _("Took the unsubscription back")
        BOUNCED = "bounced", _("The mail server said that the address does not exist")

    subscriber = models.ForeignKey(
        "clinic_info.Subscriber",
        verbose_name=_("subscriber"),
        on_delete=models.CASCADE,
        related_name="consents",
    )
    kind = models.CharField(_("what happened"), max_length=12, choices=Kind)
    at = models.DateTimeField(_("at"))
    wording = models.TextField(_("wording shown"), blank=True)
    wording_version = models.CharField(_("version"), max_length=20, blank=True)
    page = models.CharField(_("page"), max_length=200, blank=True)
    source = models.CharField(_("source"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = [
            models.UniqueConstraint(
                fields=["subscriber", "kind", "at"],
                name="clinic_info_consent_noted_once",
            )
        ]
        indexes = [models.Index(fields=["kind", "at"], name="clinic_info_consent_kind")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.at:%Y-%m-%d %H:%M}"


class ConfirmToken(models.Model):
    """A link that confirms an address, once; only its hash is kept."""

    digest = models.BinaryField(_("hash"), max_length=HASH_BYTES, primary_key=True)
    subscriber = models.ForeignKey(
        "clinic_info.Subscriber",
        verbose_name=_("subscriber"),
        on_delete=models.CASCADE,
        related_name="tokens",
    )
    expires_at = models.DateTimeField(_("expires at"))
    used_at = models.DateTimeField(_("used at"), null=True)

    class Meta:
        verbose_name = _("confirmation link")
        verbose_name_plural = _("confirmation links")

    def __str__(self) -> str:
        return f"until {self.expires_at:%Y-%m-%d %H:%M}"


class Suppression(models.Model):
    """Somebody who does not want mail, recognised by a keyed hash: imports pass them over."""

    digest = models.BinaryField(_("hash"), max_length=HASH_BYTES, primary_key=True)
    made_at = models.DateTimeField(_("made at"), db_index=True)

    class Meta:
        verbose_name = _("suppressed address")
        verbose_name_plural = _("suppressed addresses")

    def __str__(self) -> str:
        return f"since {self.made_at:%Y-%m-%d}"


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def needing_a_person(self) -> Self:
        """Return mails that may have arrived or not: nothing resends them by itself."""
        return self.filter(status=Delivery.Status.UNKNOWN)

    def unfinished(self) -> Self:
        return self.filter(
            status__in=[Delivery.Status.WAITING, Delivery.Status.SENDING]
        )


class Delivery(models.Model):
    """One issue to one subscriber. A waiting one with an owner is set aside for a worker."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        SKIPPED = "skipped", _("Not wanted any more")
        FAILED = "failed", _("Failed")
        UNKNOWN = "unknown", _("Unknown whether it was sent")

    issue = models.ForeignKey(
        "clinic_info.Issue",
        verbose_name=_("issue"),
        on_delete=models.PROTECT,
        related_name="deliveries",
    )
    subscriber = models.ForeignKey(
        "clinic_info.Subscriber",
        verbose_name=_("subscriber"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="deliveries",
    )
    status = models.CharField(
        _("status"), max_length=12, choices=Status, default=Status.WAITING
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    # What the last attempt came to, without addresses.
    outcome = models.CharField(_("outcome"), max_length=60, blank=True)
    next_try_at = models.DateTimeField(_("next try at"))
    tried_at = models.DateTimeField(_("last tried at"), null=True)
    owner = models.CharField(_("owner"), max_length=32, blank=True)
    leased_until = models.DateTimeField(_("leased until"), null=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            models.UniqueConstraint(
                fields=["issue", "subscriber"], name="clinic_info_delivery_once"
            ),
            models.CheckConstraint(
                condition=Q(
                    status__in=[
                        "waiting",
                        "sending",
                        "sent",
                        "skipped",
                        "failed",
                        "unknown",
                    ]
                ),
                name="clinic_info_delivery_status",
            ),
            models.CheckConstraint(
                condition=Q(owner="", leased_until=None)
                | (
                    ~Q(owner="")
                    & Q(leased_until__isnull=False, status__in=["waiting", "sending"])
                ),
                name="clinic_info_delivery_owned_with_a_lease",
            ),
            models.CheckConstraint(
                condition=~Q(status="sending") | ~Q(owner=""),
                name="clinic_info_delivery_owned_while_sending",
            ),
            models.CheckConstraint(
                condition=~Q(status="waiting") | Q(subscriber__isnull=False),
                name="clinic_info_delivery_waits_for_somebody",
            ),
        ]
        indexes = [
            models.Index(
                F("next_try_at"),
                F("id"),
                condition=Q(status="waiting"),
                name="clinic_info_delivery_due",
            ),
            models.Index(
                fields=["leased_until"],
                condition=Q(leased_until__isnull=False),
                name="clinic_info_delivery_leased",
            ),
            models.Index(fields=["tried_at"], name="clinic_info_delivery_tried"),
            models.Index(fields=["issue", "status"], name="clinic_info_delivery_issue"),
        ]

    def __str__(self) -> str:
        return f"{self.issue_id}, {self.subscriber_id}: {self.status}"

    @property
    def reason(self) -> str:
        """What the last attempt came to, for staff."""
        return explained(self.outcome)

"""What is stored against abuse: counters without addresses, and how much was refused."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from clinic_site.abuse.daily_keys import HASH_BYTES, DailyKey


class RateKey(DailyKey):
    """The random key of a day's rate counters."""

    class Meta:
        verbose_name = _("key of rate counters")
        verbose_name_plural = _("keys of rate counters")


class RateCounter(models.Model):
    """How often one subject used up a limit since its window began; the subject is a hash."""

    subject = models.BinaryField(_("subject"), max_length=HASH_BYTES, primary_key=True)
    uses = models.PositiveIntegerField(_("uses"))
    ends_at = models.DateTimeField(_("window ends at"), db_index=True)

    class Meta:
        verbose_name = _("rate counter")
        verbose_name_plural = _("rate counters")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(uses__gte=1), name="clinic_site_ratecounter_used"
            )
        ]

    def __str__(self) -> str:
        return f"{self.uses} until {self.ends_at:%Y-%m-%d %H:%M:%S}"


class RefusedForms(models.Model):
    """How many forms of a kind were refused on a day, and why."""

    day = models.DateField(_("day"))
    form = models.CharField(_("form"), max_length=40)
    reason = models.CharField(_("reason"), max_length=40)
    forms = models.PositiveIntegerField(_("forms"), default=0)

    class Meta:
        verbose_name = _("refused forms")
        verbose_name_plural = _("refused forms")
        constraints = [
            models.UniqueConstraint(
                fields=["day", "form", "reason"], name="clinic_site_refusedforms_unique"
            )
        ]

    def __str__(self) -> str:
        return f"{self.form}, {self.reason} on {self.day}: {self.forms}"

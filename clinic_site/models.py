"""What the frame stores: mechanisms, no content. Those of larger ones stand beside them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from clinic_site.abuse.models import RateCounter, RateKey, RefusedForms
from clinic_site.mail.models import OutgoingMail

__all__ = [
    "ContentVersion",
    "OutgoingMail",
    "PeriodicJob",
    "RateCounter",
    "RateKey",
    "RefusedForms",
    "WorkerHeartbeat",
    "WorkerSilence",
]


class ContentVersion(models.Model):
    """One row that changes with everything that readers could see."""

    # Any new value will do. A random one differs from that of a restored backup too.
    version = models.BigIntegerField(_("version"))

    class Meta:
        verbose_name = _("content version")
        verbose_name_plural = _("content versions")

    def __str__(self) -> str:
        return str(self.version)


class PeriodicJob(models.Model):
    """When a periodic job was last begun, and when it ended, well or not."""

    name = models.CharField(_("name"), max_length=60, primary_key=True)
    begun_at = models.DateTimeField(_("begun at"), null=True)
    ended_at = models.DateTimeField(_("ended at"), null=True)

    class Meta:
        verbose_name = _("periodic job")
        verbose_name_plural = _("periodic jobs")

    def __str__(self) -> str:
        return self.name


class WorkerHeartbeat(models.Model):
    """A worker that is alive, as of the last beat."""

    worker = models.CharField(_("worker"), max_length=64, primary_key=True)
    beaten_at = models.DateTimeField(_("beaten at"))

    class Meta:
        verbose_name = _("heartbeat of a worker")
        verbose_name_plural = _("heartbeats of workers")

    def __str__(self) -> str:
        return f"{self.worker}: {self.beaten_at:%Y-%m-%d %H:%M:%S}"


class WorkerSilence(models.Model):
    """A time in which no worker was alive, until one came that caught up."""

    since = models.DateTimeField(_("since"), primary_key=True)
    until = models.DateTimeField(_("until"))

    class Meta:
        verbose_name = _("silence of the workers")
        verbose_name_plural = _("silences of the workers")

    def __str__(self) -> str:
        return f"{self.since:%Y-%m-%d %H:%M} to {self.until:%Y-%m-%d %H:%M}"

"""What the frame stores: mechanisms, no content."""

from django.db import models
from django.utils.translation import gettext_lazy as _

__all__ = ["ContentVersion"]


class ContentVersion(models.Model):
    """One row that changes with everything that readers could see."""

    # Any new value will do. A random one differs from that of a restored backup too.
    version = models.BigIntegerField(_("version"))

    class Meta:
        verbose_name = _("content version")
        verbose_name_plural = _("content versions")

    def __str__(self) -> str:
        return str(self.version)

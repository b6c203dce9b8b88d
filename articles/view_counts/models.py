"""What is stored of views: totals per day, and until midnight what tells visitors apart."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from clinic_site.abuse.daily_keys import DailyKey


class DailyViews(models.Model):
    """How often an article was viewed on a day of the clinic's time zone."""

    article = models.ForeignKey(
        "articles.ArticlePage",
        verbose_name=_("article"),
        on_delete=models.CASCADE,
        related_name="daily_views",
    )
    day = models.DateField(_("day"))
    views = models.PositiveIntegerField(_("views"), default=0)

    class Meta:
        verbose_name = _("views of a day")
        verbose_name_plural = _("views of days")
        constraints = [
            models.UniqueConstraint(
                fields=["article", "day"], name="articles_dailyviews_unique"
            )
        ]
        # The report asks for a period, the clean-up for what is older.
        indexes = [models.Index(fields=["day"], name="articles_dailyviews_day")]

    def __str__(self) -> str:
        return f"{self.article_id} on {self.day}: {self.views}"


class DaySum(models.Model):
    """How often all articles together were viewed on a day that is over."""

    day = models.DateField(_("day"), primary_key=True)
    views = models.PositiveIntegerField(_("views"))

    class Meta:
        verbose_name = _("sum of a day")
        verbose_name_plural = _("sums of days")

    def __str__(self) -> str:
        return f"{self.day}: {self.views}"


class DayKey(DailyKey):
    """The random key of a day. With it goes all that could tie a hash to a person."""

    class Meta:
        verbose_name = _("key of a day")
        verbose_name_plural = _("keys of days")


class DayVisit(models.Model):
    """One person on one article today, as a hash that dies with the day's key."""

    visitor = models.BinaryField(_("visitor"), max_length=16, primary_key=True)
    day = models.DateField(_("day"), db_index=True)

    class Meta:
        verbose_name = _("visit of the day")
        verbose_name_plural = _("visits of the day")

    def __str__(self) -> str:
        return f"a visit on {self.day}"


class UncountedViews(models.Model):
    """How many requests to count a view were left out on a day, and why."""

    class Reason(models.TextChoices):
        BOT = "bot", _("Known robot")
        NO_AGENT = "no_agent", _("No browser named")
        PREFETCH = "prefetch", _("Fetched ahead, not seen")
        CROSS_SITE = "cross_site", _("Sent by another site")
        STAFF = "staff", _("Signed-in staff")

    day = models.DateField(_("day"))
    reason = models.CharField(_("reason"), max_length=20, choices=Reason)
    requests = models.PositiveIntegerField(_("requests"), default=0)

    class Meta:
        verbose_name = _("uncounted views")
        verbose_name_plural = _("uncounted views")
        constraints = [
            models.UniqueConstraint(
                fields=["day", "reason"], name="articles_uncountedviews_unique"
            )
        ]

    def __str__(self) -> str:
        return f"{self.reason} on {self.day}: {self.requests}"

"""Live figures of an article, kept apart from the page.

A figure that were a field of the page would be written back by every publication of an
older revision, and copied with every copy.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ArticleFigures(models.Model):
    """What an article has gathered: views before and since it came here, comments."""

    article = models.OneToOneField(
        "articles.ArticlePage",
        verbose_name=_("article"),
        primary_key=True,
        on_delete=models.CASCADE,
        related_name="figures",
    )
    starting_views = models.PositiveIntegerField(_("starting views"), default=0)
    counted_views = models.PositiveIntegerField(_("counted views"), default=0)
    recent_views = models.PositiveIntegerField(_("views of 30 days"), default=0)
    approved_comments = models.PositiveIntegerField(_("approved comments"), default=0)

    class Meta:
        verbose_name = _("article figures")
        verbose_name_plural = _("article figures")
        # What is read most, lately and in all, is asked of thousands of articles.
        indexes = [
            models.Index(fields=["-recent_views"], name="articles_figures_recent"),
            models.Index(
                (models.F("starting_views") + models.F("counted_views")).desc(),
                name="articles_figures_views",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.article_id}: {self.views} views"

    @property
    def views(self) -> int:
        return self.starting_views + self.counted_views

"""What the importer remembers of an article that it made."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ArticleImport(models.Model):
    """The file an article came from, by the hash of its content, and the state it made."""

    article = models.OneToOneField(
        "articles.ArticlePage",
        verbose_name=_("article"),
        primary_key=True,
        on_delete=models.CASCADE,
        related_name="imported_from",
    )
    source_hash = models.CharField(_("hash of the source"), max_length=64)
    revision = models.ForeignKey(
        "wagtailcore.Revision",
        verbose_name=_("revision"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("The revision that the import made; a later one is by staff."),
    )
    imported_at = models.DateTimeField(_("imported at"))

    class Meta:
        verbose_name = _("imported article")
        verbose_name_plural = _("imported articles")

    def __str__(self) -> str:
        return f"{self.article_id}: {self.source_hash[:12]}"

from django.apps import AppConfig
from django.db.models.signals import pre_delete


class ArticlesConfig(AppConfig):
    name = "articles"
    verbose_name = "Articles"

    def ready(self) -> None:
        from wagtail.contrib.redirects.models import Redirect
        from wagtail.documents import get_document_model

        from articles.comments import decisions
        from articles.images.models import CustomImage
        from articles.pages import changes, warming
        from articles.pages.article import ArticlePage
        from articles.people import Author
        from articles.topics import Topic
        from clinic_site import content_version

        warming.connect()
        changes.connect()
        pre_delete.connect(
            decisions.clear_article, sender=ArticlePage, dispatch_uid="comments"
        )
        content_version.watch(
            Author, CustomImage, Redirect, Topic, get_document_model()
        )

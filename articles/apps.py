from django.apps import AppConfig


class ArticlesConfig(AppConfig):
    name = "articles"
    verbose_name = "Articles"

    def ready(self) -> None:
        from wagtail.contrib.redirects.models import Redirect
        from wagtail.documents import get_document_model

        from articles.images.models import CustomImage
        from articles.pages import changes, warming
        from articles.people import Author
        from articles.topics import Topic
        from clinic_site import content_version

        warming.connect()
        changes.connect()
        content_version.watch(
            Author, CustomImage, Redirect, Topic, get_document_model()
        )

"""Addresses of the site. Wagtail's pages come last and answer everything else."""

from django.urls import include, path
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.documents import urls as wagtaildocs_urls

from clinic_site.media import rendition

urlpatterns = [
    path("media/images/<str:name>", rendition, name="rendition"),
    path("admin/", include(wagtailadmin_urls)),
    path("documents/", include(wagtaildocs_urls)),
    path("articles/", include("articles.urls")),
    path("newsletter/", include("clinic_info.newsletter.urls")),
    path("", include(wagtail_urls)),
]

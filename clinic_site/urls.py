"""Addresses of the site. Wagtail's pages come last and answer everything else."""

from django.db import transaction
from django.urls import include, path
from django.views.decorators.cache import never_cache
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.admin.auth import require_admin_access
from wagtail.admin.views.page_privacy import set_privacy
from wagtail.documents import urls as wagtaildocs_urls

from clinic_site.media import rendition

urlpatterns = [
    path("media/images/<str:name>", rendition, name="rendition"),
    # Wagtail's view stores in no transaction: the content version would not move with it.
    path(
        "admin/pages/<int:page_id>/privacy/",
        never_cache(require_admin_access(transaction.atomic(set_privacy))),
    ),
    path("admin/", include(wagtailadmin_urls)),
    path("documents/", include(wagtaildocs_urls)),
    path("articles/", include("articles.urls")),
    path("newsletter/", include("clinic_info.newsletter.urls")),
    path("", include(wagtail_urls)),
]

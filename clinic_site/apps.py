from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig, apps
from django.conf import settings
from django.core.management import call_command
from django.db.models.signals import post_migrate


class ClinicSiteConfig(AppConfig):
    name = "clinic_site"
    verbose_name = "Clinic site"

    def ready(self) -> None:
        # Sent once per app; Wagtail's is the one that has the Site record.
        post_migrate.connect(
            prepare_database, sender=apps.get_app_config("wagtailcore")
        )


def prepare_database(using: str, **kwargs: Any) -> None:
    """Bring what is not a migration in line with the settings: cache table, Site record."""
    call_command("createcachetable", database=using, verbosity=0)
    address = urlsplit(settings.SITE_URL)
    port = address.port or (443 if address.scheme == "https" else 80)
    sites = apps.get_model("wagtailcore", "Site").objects.using(using)
    for site in sites.filter(is_default_site=True):
        if (site.hostname, site.port) != (address.hostname, port):
            site.hostname, site.port = address.hostname, port
            site.save()

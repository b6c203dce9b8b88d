"""Absolute addresses of the site, always from SITE_URL, never from a request."""

from django.conf import settings


def absolute_url(path: str) -> str:
    """Return the full address of a path such as "/articles/"."""
    return f"{settings.SITE_URL}{path}"

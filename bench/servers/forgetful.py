"""The site without any kept page: each is rendered as for its first reader."""

from bench.servers.uncached import application
from clinic_site import kept_pages

__all__ = ["application"]

kept_pages.MOST_BYTES = 0

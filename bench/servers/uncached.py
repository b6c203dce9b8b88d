"""The site with a page cache that keeps nothing: each request renders as a reader's does."""

from clinic_site.page_cache import PageCache
from clinic_site.wsgi import django_application

application = PageCache(django_application, most_bytes=0)

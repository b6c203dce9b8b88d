"""The site with a page cache that keeps nothing: the application answers every request."""

from clinic_site.wsgi import PageCache, django_application

application = PageCache(django_application, most_bytes=0)

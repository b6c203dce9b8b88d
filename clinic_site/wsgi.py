"""The WSGI application that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic_site.settings")

django_application = get_wsgi_application()

from django.conf import settings  # noqa: E402 (Django is set up by now)

from clinic_site.page_cache import PageCache  # noqa: E402

# While the site is worked on, every page is rendered anew.
application = django_application if settings.DEBUG else PageCache(django_application)

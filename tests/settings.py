"""The real settings, made fast and offline. DATABASE_URL chooses the database."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_STATE = Path(tempfile.mkdtemp(prefix="clinic-site-tests-"))
atexit.register(shutil.rmtree, _STATE, ignore_errors=True)

os.environ.setdefault("DATABASE_URL", f"sqlite:///{_STATE}/db.sqlite3")
os.environ |= {
    "DEBUG": "false",
    "SECRET_KEY": "only-for-tests-0123456789-abcdefghijklmnopqrstuvwxyz-ABC",
    "PRIVACY_KEY": "only-for-tests-9876543210-zyxwvutsrqponmlkjihgfedcba-CBA",
    "SITE_URL": "http://localhost",
    "EMAIL_URL": "memorymail://",
    "MEDIA_ROOT": str(_STATE / "media"),
    "CACHE_URL": "",
    "TIME_ZONE": "Europe/London",
    "LANGUAGE_CODE": "en-gb",
    "PUBLIC_HOLIDAYS": "",
    "TRUSTED_PROXY_HOPS": "0",
    "LOG_LEVEL": "WARNING",
}

from clinic_site.settings import *  # noqa: E402, F403
from clinic_site.settings import DATABASES, STORAGES  # noqa: E402

if DATABASES["default"]["ENGINE"] == "clinic_site.database.sqlite3":
    # A file, as in production: the browser tests read it from another thread.
    DATABASES["default"]["TEST"] = {"NAME": str(_STATE / "test.sqlite3")}
    DATABASES["default"]["OPTIONS"]["init_command"] = (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"
    )
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 0

STORAGES["staticfiles"] = {
    "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
}
MACHINE_MEMORY = _STATE
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "testserver"]

# In tests, what the worker would do is done at once; tests of the worker change that.
if os.environ.get("REAL_TASKS") != "true":
    TASKS = {
        name: {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}
        for name in ("default", "background")
    }

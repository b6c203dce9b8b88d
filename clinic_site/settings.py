"""Settings of the site, from the environment; `.env.example` says what each variable means.

Outside DEBUG the process refuses to start with anything that would harm: a missing or
weak key, no SITE_URL, plain-text HTTP or SMTP beyond this machine.
"""

import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

# Helpers

BASE_DIR = Path(__file__).resolve().parent.parent
LOOPBACK_HOSTS = {"localhost", "127.0.0.1", "::1"}

env = environ.Env()


def env_bool(name: str, *, default: bool) -> bool:
    """Read a variable that is "true" or "false"; anything else raises."""
    value = env.str(name, default="").lower()
    if value in {"true", "false"}:
        return value == "true"
    if value:
        raise ImproperlyConfigured(f"{name} must be true or false, not {value!r}.")
    return default


def env_text(name: str, *, default: str) -> str:
    """Read a variable; one that is set to nothing counts as not set."""
    return env.str(name, default="").strip() or default


def env_key(name: str) -> str:
    """Read a secret key; outside DEBUG it must be there and hard to guess."""
    value = env.str(name, default="")
    if DEBUG:
        return value or f"insecure-development-{name.lower()}"
    if len(value) < 50 or len(set(value)) < 10:
        raise ImproperlyConfigured(
            f"{name} is missing or weak. Set it to at least 50 random characters, "
            'such as python -c "import secrets; print(secrets.token_urlsafe(50))".'
        )
    return value


def env_days(name: str, *, default: int) -> int:
    """Read a number of days, 0 or more; anything else raises."""
    value = env_text(name, default=str(default))
    if not re.fullmatch(r"[0-9]{1,5}", value):
        raise ImproperlyConfigured(f"{name} must be a number of days, not {value!r}.")
    return int(value)


# Core

DEBUG = env_bool("DEBUG", default=False)
SECRET_KEY = env_key("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
PRIVACY_KEY = env_key("PRIVACY_KEY")

SITE_URL = env_text("SITE_URL", default="http://127.0.0.1:8000" if DEBUG else "")
SITE_URL = SITE_URL.rstrip("/")
if not re.fullmatch(r"https?://([\w.-]+|\[[0-9a-fA-F:]+\])(:\d{1,5})?", SITE_URL):
    raise ImproperlyConfigured(
        "SITE_URL must be the site's address without a path, "
        f"such as https://clinic.example, not {SITE_URL!r}."
    )
_site = urlsplit(SITE_URL)
SITE_IS_HTTPS = _site.scheme == "https"
if DEBUG and _site.hostname not in LOOPBACK_HOSTS:
    raise ImproperlyConfigured(
        "DEBUG shows everyone the inside of the site: it is for SITE_URLs of this "
        "machine only, such as http://127.0.0.1:8000."
    )
if not (SITE_IS_HTTPS or _site.hostname in LOOPBACK_HOSTS):
    raise ImproperlyConfigured("SITE_URL must begin with https://.")

# Without the port, but an IPv6 address in brackets, as a Host header has it.
ALLOWED_HOSTS = [_site.netloc.removesuffix(f":{_site.port}")]
if DEBUG:
    ALLOWED_HOSTS += ["localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = [SITE_URL]
ROOT_URLCONF = "clinic_site.urls"
WSGI_APPLICATION = "clinic_site.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Apps

INSTALLED_APPS = [
    "clinic_info",
    "articles",
    "clinic_site",
    "wagtail.contrib.redirects",
    "wagtail.contrib.settings",
    "wagtail.contrib.typed_table_block",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "django_tasks",
    "django_tasks_db",
    "modelcluster",
    "taggit",
    "django_filters",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
]

# Middleware

MIDDLEWARE = [
    "clinic_site.health.LivenessMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "articles.view_counts.middleware.BeaconMiddleware",
    # Static files need no policy of their own: they come with Django's headers alone.
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "clinic_site.headers.SecurityHeadersMiddleware",
    "clinic_site.compression.PageGZipMiddleware",
    "clinic_site.caching.CachingMiddleware",
    "clinic_site.kept_pages.KeptPagesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "wagtail.contrib.redirects.middleware.RedirectMiddleware",
]

# Templates

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# Database: local state lives in var/, which git ignores

VAR_DIR = BASE_DIR / "var"
DATABASES = {
    "default": env.db_url_config(
        env_text("DATABASE_URL", default=f"sqlite:///{VAR_DIR}/db.sqlite3")
    )
}
_database = DATABASES["default"]
# Django's own, with statements that come last in a transaction (clinic_site.database).
_database["ENGINE"] = _database["ENGINE"].replace(
    "django.db.backends.", "clinic_site.database."
)
if _database["ENGINE"] == "clinic_site.database.sqlite3":
    Path(_database["NAME"]).parent.mkdir(parents=True, exist_ok=True)
    # IMMEDIATE takes the write lock at the start of a transaction, so that concurrent
    # writers wait for each other instead of failing half-way. A connection that stays
    # open keeps reading when the disk is full.
    _database["CONN_MAX_AGE"] = None
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
            # What is deleted, such as a day's key, is overwritten in the file.
            "PRAGMA secure_delete=ON;"
        ),
    }
else:
    _database["CONN_MAX_AGE"] = 600
    _database["CONN_HEALTH_CHECKS"] = True
    # A server that hangs must not hold up readers, whose pages are kept.
    _database["OPTIONS"] = {
        "connect_timeout": 3,
        "tcp_user_timeout": 10_000,
        "keepalives_idle": 30,
        "keepalives_interval": 5,
        "keepalives_count": 3,
    }

# Background work: Wagtail's index updates at once, the rest by `run_worker`

TASKS = {
    "default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"},
    "background": {"BACKEND": "django_tasks_db.DatabaseBackend"},
}

# Cache: shared by all workers

CACHE_URL = env_text("CACHE_URL", default="")
CACHES = {
    "default": (
        {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": CACHE_URL,
        }
        if CACHE_URL
        else {
            "BACKEND": "django.core.cache.backends.db.DatabaseCache",
            "LOCATION": "cache_entry",
        }
    ),
    # Wagtail would keep renditions in the default cache, where they can outlive their
    # files. The database is asked instead, once a page, by prefetching.
    "renditions": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"},
}

# Login

LOGIN_URL = "wagtailadmin_login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in [
        ("UserAttributeSimilarityValidator", {}),
        ("MinimumLengthValidator", {"min_length": 12}),
        ("CommonPasswordValidator", {}),
        ("NumericPasswordValidator", {}),
    ]
]

# Language and time: one clinic, one language, one zone

LANGUAGE_CODE = env_text("LANGUAGE_CODE", default="en-gb")
TIME_ZONE = env_text("TIME_ZONE", default="UTC")
FORMAT_MODULE_PATH = "clinic_site.formats"
USE_I18N = True
USE_TZ = True
# A country, or a country and its region: GB-ENG, DE-BE, US-NY. Empty: nobody is asked.
PUBLIC_HOLIDAYS = env_text("PUBLIC_HOLIDAYS", default="")

# Static files and media

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_USE_FINDERS = DEBUG

MEDIA_URL = "/media/"
MEDIA_ROOT = Path(env_text("MEDIA_ROOT", default=str(VAR_DIR / "media")))

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if DEBUG
            else "clinic_site.stylesheets.BundledStaticFilesStorage"
        )
    },
}
FILE_UPLOAD_PERMISSIONS = 0o644
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000  # a long article is one large form

# Security

SECURE_SSL_REDIRECT = SITE_IS_HTTPS
SESSION_COOKIE_SECURE = SITE_IS_HTTPS
CSRF_COOKIE_SECURE = SITE_IS_HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if SITE_IS_HTTPS else 0
# W005, W021: other names under the clinic's domain are not ours to decide about.
# W019: Wagtail shows the page in a frame while it is edited.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W019", "security.W021"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "SAMEORIGIN"

TRUSTED_PROXY_HOPS = int(env_text("TRUSTED_PROXY_HOPS", default="0"))
if TRUSTED_PROXY_HOPS >= 1:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# The setting's name and form are those of Django 6.
SECURE_CSP = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    "manifest-src": ["'self'"],
    # Only a reader's click on a video puts one of these frames into the page.
    "frame-src": ["https://www.youtube-nocookie.com", "https://player.vimeo.com"],
    "frame-ancestors": ["'self'"],
    "form-action": ["'self'"],
    "base-uri": ["'none'"],
}
# Wagtail's date pickers, choosers and inline panels write styles and scripts inline.
SECURE_CSP_ADMIN = SECURE_CSP | {
    "script-src": ["'self'", "'unsafe-inline'"],
    "style-src": ["'self'", "'unsafe-inline'"],
    "img-src": ["'self'", "data:", "blob:"],
    "frame-src": ["'self'"],
}

# Mail

EMAIL_URL = env_text(
    "EMAIL_URL", default="consolemail://" if DEBUG else "smtp://localhost:25"
)
_email = environ.Env.email_url_config(EMAIL_URL)
if (
    not DEBUG
    and _email["EMAIL_BACKEND"].endswith("smtp.EmailBackend")
    and not (_email.get("EMAIL_USE_TLS") or _email.get("EMAIL_USE_SSL"))
    and _email["EMAIL_HOST"] not in LOOPBACK_HOSTS
):
    raise ImproperlyConfigured(
        "EMAIL_URL would send mail unencrypted: use smtp+tls:// or smtp+ssl://."
    )
vars().update(_email)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env_text(
    "DEFAULT_FROM_EMAIL", default=f"no-reply@{_site.hostname}"
)

# Wagtail

WAGTAIL_SITE_NAME = "Clinic site"
WAGTAILADMIN_BASE_URL = SITE_URL
WAGTAIL_ALLOW_UNICODE_SLUGS = False
WAGTAIL_AUTOSAVE_INTERVAL = 5000
WAGTAIL_PASSWORD_REQUIRED_TEMPLATE = "password_required.html"
WAGTAILDOCS_PASSWORD_REQUIRED_TEMPLATE = "password_required.html"
WAGTAILADMIN_NOTIFICATION_INCLUDE_SUPERUSERS = False
# Nothing in the admin asks other companies' servers.
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "wagtail.search.backends.database"}}

WAGTAILIMAGES_IMAGE_MODEL = "articles.CustomImage"
WAGTAILIMAGES_IMAGE_FORM_BASE = "articles.images.forms.ImageForm"
WAGTAILIMAGES_EXTENSIONS = ["avif", "jpeg", "jpg", "png", "webp"]
WAGTAILIMAGES_MAX_UPLOAD_SIZE = 20 * 1024 * 1024
WAGTAILIMAGES_MAX_IMAGE_PIXELS = 64_000_000
WAGTAILIMAGES_FORMAT_CONVERSIONS = {"avif": "avif", "webp": "webp"}
WAGTAILIMAGES_AVIF_QUALITY = 60
WAGTAILIMAGES_WEBP_QUALITY = 80
WAGTAILIMAGES_JPEG_QUALITY = 80

WAGTAILDOCS_MAX_UPLOAD_SIZE = 20 * 1024 * 1024
WAGTAILDOCS_SERVE_METHOD = "serve_view"
WAGTAILDOCS_EXTENSIONS = ["csv", "docx", "odt", "pdf", "pptx", "txt", "xlsx"]
WAGTAILDOCS_CONTENT_TYPES = {"pdf": "application/pdf"}
WAGTAILDOCS_INLINE_CONTENT_TYPES = ["application/pdf"]

# Ours

# Name, function and interval of what `run_worker` does again and again.
PERIODIC_JOBS = [
    (
        "publish_scheduled",
        "articles.pages.scheduling.publish_scheduled",
        timedelta(minutes=1),
    ),
    (
        "forget_visitors",
        "articles.view_counts.jobs.forget_visitors",
        timedelta(minutes=10),
    ),
    ("roll_up_views", "articles.view_counts.jobs.roll_up", timedelta(hours=1)),
    ("forget_old_days", "articles.view_counts.jobs.forget_old_days", timedelta(days=1)),
    (
        "announce_comments",
        "articles.comments.jobs.announce_comments",
        timedelta(minutes=5),
    ),
    (
        "erase_commenters",
        "articles.comments.jobs.erase_commenters",
        timedelta(hours=6),
    ),
    ("clear_tasks", "clinic_site.background.jobs.clear_tasks", timedelta(days=1)),
    ("send_mails", "clinic_site.mail.sending.send_due", timedelta(seconds=30)),
    ("forget_mails", "clinic_site.mail.sending.forget_mails", timedelta(days=1)),
    (
        "ask_about_holidays",
        "clinic_info.opening_hours.jobs.ask_about_holidays",
        timedelta(hours=6),
    ),
    ("forget_senders", "clinic_site.abuse.jobs.forget", timedelta(minutes=10)),
    ("send_issues", "clinic_info.newsletter.jobs.send_issues", timedelta(seconds=10)),
    (
        "forget_subscribers",
        "clinic_info.newsletter.subscriptions.forget",
        timedelta(hours=1),
    ),
]
# Three years of daily totals; an article's sum is kept for ever.
KEEP_DAILY_VIEWS_DAYS = 3 * 366

# Each kind of mail, and the function that builds it from its reference and recipient.
MAIL_KINDS: dict[str, str] = {
    "comment_waiting": "articles.comments.emails.waiting",
    "comments_waiting": "articles.comments.emails.many_waiting",
    "comment_approved": "articles.comments.emails.approved",
    "comment_answered": "articles.comments.emails.answered",
    "holiday_question": "clinic_info.opening_hours.emails.holiday_question",
    "newsletter_confirmation": "clinic_info.newsletter.emails.confirmation",
    "newsletter_data": "clinic_info.newsletter.emails.data",
    "newsletter_flood": "clinic_info.newsletter.emails.flood",
    "newsletter_test": "clinic_info.newsletter.emails.test_issue",
}
# Whom mails are from: a function that returns a `Letterhead`.
MAIL_LETTERHEAD = "clinic_info.details.letterhead"
# A sent mail is remembered without its address so long, and not sent twice.
KEEP_MAIL_DAYS = 400
# After so many days what identifies the writer of a comment is erased, and what was refused
# is deleted.
KEEP_COMMENT_ADDRESSES_DAYS = env_days("KEEP_COMMENT_ADDRESSES_DAYS", default=180)
KEEP_REFUSED_COMMENTS_DAYS = env_days("KEEP_REFUSED_COMMENTS_DAYS", default=30)
# Comments on an article close so many days after it was published; 0: never.
COMMENTS_CLOSE_AFTER_DAYS = env_days("COMMENTS_CLOSE_AFTER_DAYS", default=0)

# How long the link that confirms a subscription may be used.
NEWSLETTER_CONFIRM_HOURS = 72
# What the mail server takes, for all workers together; 0 is without limit.
NEWSLETTER_MAILS_PER_MINUTE = int(
    env_text("NEWSLETTER_MAILS_PER_MINUTE", default="300")
)

# Where a machine keeps what it knows of its databases: no backup should hold it.
MACHINE_MEMORY = Path(
    env_text("MACHINE_MEMORY", default="/var/tmp")  # noqa: S108 (no guessable names)
)

# Run in this order by `quickstart`.
SAMPLE_LOADERS = ["articles.demo.sample.load", "clinic_info.demo.sample.load"]

# Logging: to the terminal, without addresses of people

LOG_LEVEL = env_text("LOG_LEVEL", default="INFO").upper()
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "class": "clinic_site.logs.MaskingFormatter",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"handlers": [], "level": LOG_LEVEL, "propagate": True},
        "django.server": {"level": LOG_LEVEL, "propagate": False},
        # What staff do is in the admin's own history.
        "django_tasks": {"level": "WARNING"},
        # It says each second that there is nothing to do.
        "django_tasks_db": {"level": "WARNING"},
        "wagtail": {"level": "WARNING"},
    },
}

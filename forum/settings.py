"""Settings. Everything that differs between installations is an environment variable.

On a laptop (default): SQLite in one data directory, and the in-memory channel layer. Hosted: DATABASE_URL (PostgreSQL)
and REDIS_URL.
"""

from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django_stubs_ext
from csp.constants import NONE, SELF
from django.core.management.utils import get_random_secret_key
from django.utils.translation import gettext_lazy as _
from environs import Env, EnvError

from forum.server import disk, logs
from forum.server.allowed_hosts import LaptopAllowedHosts
from forum.server.openid_settings import read_openid_settings
from forum.server.served_address import ALL_INTERFACES

django_stubs_ext.monkeypatch()

env = Env()
ROOT = Path(__file__).resolve().parent.parent

DATA_DIR = Path(env.str("FORUM_DATA", str(ROOT / "data"))).resolve()
DEBUG = env.bool("DEBUG", False)
DATABASE_URL = env.str("DATABASE_URL", "")
REDIS_URL = env.str("REDIS_URL", "")
PUBLIC_URL = env.str("PUBLIC_URL", "").rstrip("/")
"""Root of the URLs in QR codes, such as https://forum.example.org; empty for the laptop's own address."""
HOST = env.str("HOST", ALL_INTERFACES)
PORT = env.str("PORT", "8000")
"""Text: `serve` parses it, and explains what is wrong with it."""
METRICS_TOKEN = env.str("METRICS_TOKEN", "")
"""What a Prometheus must send to read /metrics; empty: nobody may."""
SECURITY_CONTACT: list[str] = env.list("SECURITY_CONTACT", [])
"""Where weaknesses of this installation are reported, for /.well-known/security.txt: addresses or URLs."""
SECURITY_POLICY = env.str("SECURITY_POLICY", "")
"""The URL of a page that says how, if there is one."""
BEHIND_HTTPS = PUBLIC_URL.startswith("https://")
OPENID = read_openid_settings(env, PUBLIC_URL)
"""The identity provider by which facilitators may sign in; None without one."""


def _secret_key() -> str:
    """Return SECRET_KEY, else the key of the data directory, made on first use and readable by its owner alone."""
    configured = env.str("SECRET_KEY", "")
    if configured:
        return configured
    path = DATA_DIR / "secret.key"
    with suppress(OSError):
        if key := path.read_text():  # older versions left it empty when the power went as they made it
            return key
    key = get_random_secret_key()
    with suppress(OSError):  # `serve` reports that the directory cannot be written
        disk.write_file(path, key.encode(), is_text=True, mode=0o600)
    return key


SECRET_KEY = _secret_key()
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", []) or LaptopAllowedHosts(
    urlsplit(PUBLIC_URL).hostname, *env.list("EXTRA_HOSTS", [])
)
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL else []
if BEHIND_HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("TRUST_PROXY", False) else None

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "channels",
    "csp",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "template_partials",
    "forum",
    "sessions",
]
MIDDLEWARE = [
    "forum.web.middleware.MetricsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    # After those that give each answer its headers: what these refuse is an answer too.
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "forum.auth.throttling.wrong_codes.GuessingMiddleware",
    "forum.web.middleware.ServiceUnavailableMiddleware",
]
ROOT_URLCONF = "forum.urls"
ASGI_APPLICATION = "forum.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "forum.templatetags.typography",
                "forum.templatetags.forms",
            ],
        },
    }
]

DATABASE_AWAY_SECONDS = 3
"""Time that a page waits for a connection to PostgreSQL before it answers 503."""


def _postgres() -> dict[str, Any]:
    try:
        database = dict(env.dj_db_url("DATABASE_URL"))
    except (EnvError, ValueError):
        database = {}
    if database.get("ENGINE") != "django.db.backends.postgresql":
        raise SystemExit("DATABASE_URL is not the address of a PostgreSQL, such as postgres://user:password@host/forum")
    pool = {
        "min_size": 1,
        "max_size": env.int("DB_POOL", 12),
        "timeout": DATABASE_AWAY_SECONDS,
        # Then the next page tries again. With a longer time the attempts become rare, and find the database late.
        "reconnect_timeout": DATABASE_AWAY_SECONDS,
    }
    database["OPTIONS"] = {"connect_timeout": 5, **database.get("OPTIONS", {}), "pool": pool}
    # Connections that a restart of PostgreSQL has cut are noticed when taken from the pool, not by a page.
    return database | {"CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": True}


if DATABASE_URL:
    DATABASES: dict[str, Any] = {"default": _postgres()}
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": DATA_DIR / "forum.sqlite3",
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                "timeout": 10,
                # IMMEDIATE: deferred transactions end in "database is locked" as soon as two phones write.
                "transaction_mode": "IMMEDIATE",
                # FULL: an acknowledged write survives a power cut. Memory-mapped reads and rarer checkpoints make a
                # room that joins at once faster.
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
                " PRAGMA mmap_size=134217728; PRAGMA wal_autocheckpoint=4000;",
            },
        }
    }

CHANNEL_LAYERS: dict[str, Any] = {
    "default": {
        "BACKEND": "channels_redis.core.RedisChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL]},
    }
    if REDIS_URL
    else {"BACKEND": "channels.layers.InMemoryChannelLayer"}
}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
    }
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    # Used while Redis is away.
    "alone": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "alone"},
}
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", _("French")), ("en", _("English"))]
LANGUAGE_COOKIE_SAMESITE, LANGUAGE_COOKIE_HTTPONLY = "Lax", True
LOCALE_PATHS = [ROOT / "locale"]
TIME_ZONE = "Europe/Paris"
USE_TZ = True
FORMAT_MODULE_PATH = "forum.formats"

FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

STATIC_URL = "static/"
STATICFILES_DIRS = [ROOT / "static"]
# Ours alone: pages need none of django_htmx's files.
STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
STATIC_ROOT = Path(env.str("STATIC_ROOT", str(DATA_DIR / "static")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "forum.web.static_storage.MinifiedStaticFilesStorage"},
}
WHITENOISE_MAX_AGE = 31536000
WHITENOISE_ALLOW_ALL_ORIGINS = False
MEDIA_ROOT = Path(env.str("FORUM_MEDIA", str(DATA_DIR / "media"))).resolve()
"""Editions of the book, photos, logos and kits. Machines that serve the same forums share it."""
DATA_UPLOAD_MAX_MEMORY_SIZE = 512 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        # In older Safari, 'self' does not include websockets.
        "connect-src": [SELF, "ws:", "wss:"],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
# With "no-referrer", browsers send `Origin: null` with the app's own forms.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
# Over plain http, browsers ignore it with a warning on every page.
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin" if BEHIND_HTTPS else None
X_FRAME_OPTIONS = "DENY"
CSRF_COOKIE_HTTPONLY = True
# That of messages takes the settings of sessions, which there are none of.
CSRF_COOKIE_SECURE = SESSION_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = BEHIND_HTTPS
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if BEHIND_HTTPS else 0
CSRF_FAILURE_VIEW = "forum.views.errors.csrf_failure"
UNHEEDED_CHECKS = {
    "security.W008": "the proxy redirects from http to https: the app itself is asked for its health over http",
    **(
        {
            "security.W005": "the other names below ours belong to others, who may still need http",
            "security.W021": "whether browsers list the name is decided by those who own its domain",
        }
        if BEHIND_HTTPS
        else {
            "security.W004": "a laptop in a hall has no name, and so no certificate: it answers over http",
            "security.W016": "cookies for https alone would not come back over http",
        }
    ),
}
"""Checks of `manage.py check --deploy` that do not apply to this size, each with the reason."""
SILENCED_SYSTEM_CHECKS = list(UNHEEDED_CHECKS)

LOGGING = logs.configuration(env.str("LOG_LEVEL", "WARNING"), env.str("LOG_FORMAT", "plain"))

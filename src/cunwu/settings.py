"""Django's settings. What differs between counties comes from `installation.toml` and the keys, not from here."""

from __future__ import annotations

import os
import secrets
from urllib.parse import urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from cunwu import installation

HOME = installation.home()
KEYS = installation.keys_folder()
CUNWU = installation.read_installation(HOME)
PACKS = installation.packs_folder()

# Without its key file the process still starts, for `--help` and `init`; the system check E001 stops it from serving.
SECRET_KEY = (installation.read_key(KEYS, "django") or secrets.token_bytes(32)).hex()
DEBUG = False
BEHIND_HTTPS = CUNWU.desk_url.startswith("https://")
ALLOWED_HOSTS = [
    "127.0.0.1",
    "localhost",
    "[::1]",
    urlsplit(CUNWU.desk_url).hostname or "localhost",
    *os.environ.get("CUNWU_HOSTS", "").split(),
]
CSRF_TRUSTED_ORIGINS = [CUNWU.desk_url]

INSTALLED_APPS = [
    "cunwu.apps.CunwuConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
]
MIDDLEWARE = [
    "cunwu.desk.middleware.StrictHeaders",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "cunwu.desk.middleware.DeskMiddleware",
]
ROOT_URLCONF = "cunwu.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "libraries": {"desk": "cunwu.desk.tags"},
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "cunwu.desk.middleware.desk_context",
            ],
        },
    },
]
WSGI_APPLICATION = "cunwu.wsgi.application"

_SQLITE = {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": HOME / "cunwu.sqlite3",
    "OPTIONS": {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # secure_delete: what is erased must not linger in the file's free pages.
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON; PRAGMA mmap_size=134217728;"
        ),
    },
}


def _postgresql(url: str) -> dict[str, object]:
    try:
        known = urlsplit(url).scheme in {"postgres", "postgresql"}
        found = known and dj_database_url.parse(
            url, engine="cunwu.postgresql", conn_max_age=600, conn_health_checks=True
        )
    except ValueError:
        found = False
    if not found:
        # Never with the address: a password stands in it.
        raise ImproperlyConfigured(
            "DATABASE_URL must read postgresql://USER:PASSWORD@HOST:PORT/NAME ; without it the data are in SQLite, beside the documents."
        )
    return {**found, "OPTIONS": {**found.get("OPTIONS", {}), "options": "-c lock_timeout=20s"}}


DATABASE_URL = os.environ.get("DATABASE_URL", "")
DATABASES = {"default": _postgresql(DATABASE_URL) if DATABASE_URL else _SQLITE}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "cunwu.desk.passwords.GuessedFirst"},
]
ACCOUNT_RATE_LIMITS = {
    "login": None,
    "login_failed": None,
}  # they lock a village out: `desk/entrance.py` instead
MFA_FORMS = {
    "authenticate": "cunwu.desk.accounts.CodeForm",
    "reauthenticate": "cunwu.desk.accounts.CodeAgainForm",
}
ACCOUNT_ADAPTER = "cunwu.desk.accounts.StaffAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
MFA_ADAPTER = "cunwu.desk.second_factor.SealedFactors"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = CUNWU.title_zh
MFA_TOTP_TOLERANCE = 1  # a telephone whose clock is half a minute off
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [installation.PROJECT / "src" / "cunwu" / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"

DATA_UPLOAD_MAX_MEMORY_SIZE = 25 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
# A cookie of this name is the host's own, for no other host and no path of it, and travels by TLS only (RFC 6265bis).
COOKIE_PREFIX = "__Host-" if BEHIND_HTTPS else ""
SESSION_COOKIE_NAME = COOKIE_PREFIX + "sessionid"
CSRF_COOKIE_NAME = COOKIE_PREFIX + "csrftoken"
LANGUAGE_COOKIE_NAME = COOKIE_PREFIX + "language"
MESSAGE_STORAGE = (
    "django.contrib.messages.storage.session.SessionStorage"  # sentences name people: not into cookies
)
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = BEHIND_HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if BEHIND_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
# Only the proxy in front reaches the desk: what it says of the request's scheme and sender is believed.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_HTTPS else None
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if BEHIND_HTTPS else 0

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
            "datefmt": "%Y-%m-%dT%H:%M:%S%z",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"cunwu.entrance": {"level": "INFO"}},
}

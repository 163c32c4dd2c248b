"""Settings of every installation: safe for production; the environment adds to them."""

import secrets
from typing import Any

import dj_database_url

from kms_console.settings.env import take_environment

KMS = take_environment()

DEBUG = False
# Nothing that Django signs outlives a process: the console's sessions bring their own key.
SECRET_KEY = secrets.token_urlsafe(48)
ALLOWED_HOSTS = list(KMS.allowed_hosts)

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django_celery_beat",
    "kms_console.apps.KmsConsoleConfig",
    "kms_console.audit",
    "kms_console.iam",
    "hsm",
    "keys",
    "aliases",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "kms_console.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "iam.User"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True

# WAL is switched on by bootstrap, alone, before anything else opens the file.
_SQLITE: dict[str, Any] = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 30,
    "init_command": "PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;",
}
# No request waits for ever for a server that is gone, or behind another's lock.
_POSTGRESQL: dict[str, Any] = {
    "connect_timeout": 5,
    "tcp_user_timeout": 10_000,
    "options": "-c lock_timeout=15s -c idle_in_transaction_session_timeout=60s",
}
_database: dict[str, Any] = dict(
    dj_database_url.parse(KMS.database_url, conn_max_age=600, conn_health_checks=True)
)
if KMS.uses_sqlite:
    # A SQLite connection costs nothing to keep and holds no server.
    _database |= {"CONN_MAX_AGE": None, "OPTIONS": _SQLITE}
else:
    _database["OPTIONS"] = _POSTGRESQL | _database.get("OPTIONS", {})
DATABASES = {"default": _database}

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

LOGGING_CONFIG = None  # kms_console.server and the commands set logging up themselves

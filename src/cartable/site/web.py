"""Django's settings for the web: those of the command line, and what a server needs besides.

`cartable.site.serving` says what to serve.
"""

from cartable.access.credentials import LIFETIME
from cartable.site.served import Served
from cartable.site.settings import (
    DEFAULT_AUTO_FIELD,
    INSTALLED_APPS,
    TIME_ZONE,
    USE_I18N,
    USE_TZ,
)
from cartable.store.addresses import parsed
from cartable.store.serving import BUSY_TIMEOUT
from cartable.store.vault import vault_of

__all__ = ["DEFAULT_AUTO_FIELD", "TIME_ZONE", "USE_I18N", "USE_TZ"]

_served = Served.passed_on()
# Ours: where the roster lies, what its processes share, how the server is reached.
ROSTER = _served.database
COUNTERS = _served.counters
PULLS = _served.pulls
LOG_DAYS = _served.log_days
PUBLIC_URL = _served.url
TRUSTED_PROXIES = _served.proxies

DEBUG = False
ROOT_URLCONF = "cartable.site.urls"
WSGI_APPLICATION = "cartable.site.wsgi.application"
# Derived, so that nobody who learns it learns the installation's key.
SECRET_KEY = vault_of(ROSTER).existing_seal().of(b"cartable: secret key of the web")
ALLOWED_HOSTS = list(_served.hosts)

# The roster's own database has all tables, so that one file is the whole installation.
DATABASES = {
    "default": {
        **parsed(ROSTER, BUSY_TIMEOUT).settings,
        # One thread a worker, and one connection that it keeps.
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
    }
}
# Accounts are what django-oauth-toolkit's models refer to; neither has tables: no grant that we
# offer needs one, and our clients stand in `cartable.access`.
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "oauth2_provider",
    *INSTALLED_APPS,
]
MIGRATION_MODULES = {"contenttypes": None, "auth": None, "oauth2_provider": None}
MIDDLEWARE = [
    "cartable.site.proxies.Proxies",
    "django.middleware.security.SecurityMiddleware",
    "cartable.site.compressing.Compression",
    # Refuses names that are not the server's, and says how long an answer is.
    "django.middleware.common.CommonMiddleware",
]
APPEND_SLASH = False
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "no-referrer"
SECURE_HSTS_SECONDS = 31_536_000 if PUBLIC_URL.startswith("https://") else 0
DATA_UPLOAD_MAX_NUMBER_FIELDS = 100

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"faults": {"()": "cartable.site.faults.Formatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "level": "ERROR", "formatter": "faults"}},
    "root": {"handlers": ["stderr"], "level": "ERROR"},
    # Django's own would print addresses of requests.
    "loggers": {
        "django": {"handlers": [], "level": "ERROR"},
        # Anybody can call the server by a wrong name.
        "django.security.DisallowedHost": {"handlers": [], "propagate": False},
    },
}

OAUTH2_PROVIDER_APPLICATION_MODEL = "access.Client"
OAUTH2_PROVIDER = {
    "OAUTH2_SERVER_CLASS": "oauthlib.oauth2.BackendApplicationServer",
    "OAUTH2_VALIDATOR_CLASS": "cartable.access.issuing.Validator",
    "ACCESS_TOKEN_GENERATOR": "cartable.access.issuing.token",
    "ACCESS_TOKEN_EXPIRE_SECONDS": LIFETIME,
    "OAUTH_PRE_TOKEN_VALIDATION": [],
}

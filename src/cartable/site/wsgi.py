"""The web application as a server calls it."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

# Not setdefault: the command that started the server runs with settings of its own.
os.environ["DJANGO_SETTINGS_MODULE"] = "cartable.site.web"

application = get_wsgi_application()

# What cannot be loaded fails as the server begins, and no request waits for it.
get_resolver().url_patterns  # noqa: B018 (loads them)

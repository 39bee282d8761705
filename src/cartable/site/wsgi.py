"""The web application as servers call it: `called` by granian, `application` by any of WSGI."""

import multiprocessing
import os
import signal
import threading

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from cartable.site.bridging import Bridge

# Not setdefault: the command that started the server runs with settings of its own.
os.environ["DJANGO_SETTINGS_MODULE"] = "cartable.site.web"


def _end() -> None:
    from cartable.access import logging

    logging.end()


application = get_wsgi_application()
called = Bridge(application, settings.DATA_UPLOAD_MAX_MEMORY_SIZE, _end)

# What cannot be loaded fails as the server begins, and no request waits for it.
get_resolver().url_patterns  # noqa: B018 (loads them)


def _end_with(server: "multiprocessing.process.BaseProcess") -> None:
    """Wait for the end of the process that started this one: nobody else would end this one then."""
    server.join()
    os.kill(os.getpid(), signal.SIGTERM)


if server := multiprocessing.parent_process():
    threading.Thread(target=_end_with, args=(server,), name="end", daemon=True).start()

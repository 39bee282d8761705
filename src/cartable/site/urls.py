"""The addresses of the web application."""

from django.urls import path, re_path

from cartable.access import endpoints
from cartable.api import views

urlpatterns = [
    path("oauth2/token", endpoints.token, name="token"),
    # Whatever stands in it, line breaks too.
    re_path(r"(?s)^ims/oneroster(?P<rest>(?:/.*)?)\Z", views.oneroster, name="oneroster"),
]

handler400 = "cartable.site.failures.bad_request"
handler403 = "cartable.site.failures.forbidden"
handler404 = "cartable.site.failures.not_found"
handler500 = "cartable.site.failures.broken"

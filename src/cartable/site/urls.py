"""The addresses of the web application."""

from django.urls import path

from cartable.access import endpoints

urlpatterns = [
    path("oauth2/token", endpoints.token, name="token"),
]

handler400 = "cartable.site.failures.bad_request"
handler403 = "cartable.site.failures.forbidden"
handler404 = "cartable.site.failures.not_found"
handler500 = "cartable.site.failures.broken"

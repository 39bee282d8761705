"""How Django knows this room."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """API clients as a Django app."""

    name = "cartable.access"
    label = "access"
    default_auto_field = "django.db.models.BigAutoField"

"""How Django knows this room."""

from django.apps import AppConfig


class StoreConfig(AppConfig):
    """The roster as a Django app."""

    name = "cartable.store"
    label = "roster"
    default_auto_field = "django.db.models.BigAutoField"

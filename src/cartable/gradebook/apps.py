"""How Django knows this room."""

from django.apps import AppConfig


class GradebookConfig(AppConfig):
    """The gradebook as a Django app."""

    name = "cartable.gradebook"
    label = "gradebook"
    default_auto_field = "django.db.models.BigAutoField"

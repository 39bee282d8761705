"""Django's settings. A roster's database is added by `cartable.store.opening` when it is opened."""

DATABASES: dict[str, dict[str, object]] = {}
INSTALLED_APPS = ["cartable.store", "cartable.access", "cartable.gradebook"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
# With a name here Django would change the zone of the whole process, and with it what people read.
TIME_ZONE = None
USE_I18N = False
# Logging is the command's own; Django's would take it over.
LOGGING_CONFIG = None

# mypy: disable-error-code="var-annotated"
"""The tables of the gradebook: one for each resource that clients write, made from the table of objects.

Each object is one row, as its last writer left it. What clients deleted stays as a tombstone. Values are
texts as OneRoster spells them, lists and objects JSON, so that reading them is what it is for the roster.
"""

from typing import Any

from django.db import models

from cartable.model.objects import WRITTEN, Resource
from cartable.store.columns import KeyText
from cartable.store.publications import column_of, table_of


def _written(resource: Resource) -> type[models.Model]:
    table = table_of(resource)
    fields: dict[str, Any] = {
        "sourced_id": KeyText(unique=True),
        "active": models.BooleanField(),
        # When the object last changed, as OneRoster spells it.
        "modified": KeyText(),
        # Number of the client that wrote it last; NULL where the installation did.
        "client": models.BigIntegerField(null=True),
        # Of the change, see `Change`.
        "change": models.BigIntegerField(),
        **{column_of(name): KeyText(null=True) for name in resource.columns},
    }
    indexes = [models.Index(fields=[column_of(name)]) for name in resource.sought]
    meta = type("Meta", (), {"app_label": "gradebook", "db_table": table, "indexes": indexes})
    name = resource.singular[0].upper() + resource.singular[1:]
    return type(name, (models.Model,), {"__module__": __name__, **fields, "Meta": meta})


OBJECTS: dict[str, type[models.Model]] = {resource.name: _written(resource) for resource in WRITTEN}
"""The models of the gradebook, by resource."""


class Change(models.Model):
    """One row: how many changes the gradebook has had. Who changes it, locks it."""

    number = models.BigIntegerField()

    class Meta:  # noqa: D106
        app_label = "gradebook"

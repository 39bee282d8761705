# mypy: disable-error-code="var-annotated"
"""The tables of a roster: for each entity a current and a history table, made from the one table of entities.

One time model: a revision counter, moved once by each apply that changes something. A current row
says since which revision it holds and why; the row that it replaced lies in the history with the
revisions between which it held. What a run changed is therefore what carries its revision:
nothing is written twice.
"""

from typing import Any

from django.db import models

from cartable.model.entities import ENTITIES, Entity
from cartable.store import columns


def _record_fields(entity: Entity) -> "dict[str, models.Field[Any, Any]]":
    """Columns that current and history tables share."""
    return {
        # The narrow ones first: comparing digests then passes over the texts unread.
        columns.DIGEST: models.BigIntegerField(),
        columns.FROM_REVISION: models.BigIntegerField(),
        columns.ACTIVE: models.BooleanField(),
        columns.MODIFIED: models.DateTimeField(),
        columns.REASON: models.TextField(),
        # Of the file of the run that made the record what it is; NULL for what was absent from it.
        columns.LINE: models.BigIntegerField(null=True),
        # Known to nobody: without it a digest of the values does not tell them.
        columns.SALT: models.BigIntegerField(default=0),
        columns.SOURCE: columns.KeyText(),
        **{columns.snake(field.name): columns.column_of(entity, field) for field in entity.fields},
    }


def _model(name: str, fields: "dict[str, models.Field[Any, Any]]", **options: Any) -> type[models.Model]:
    meta = type("Meta", (), {"app_label": "roster", **options})
    attributes = {"__module__": __name__, **fields, "Meta": meta}
    return type(name, (models.Model,), attributes)


def _current(entity: Entity) -> type[models.Model]:
    table = columns.table_of(entity)
    key = (columns.SOURCE, *columns.key_columns(entity))
    return _model(
        entity.name[0].upper() + entity.name[1:],
        _record_fields(entity),
        db_table=table,
        constraints=[models.UniqueConstraint(fields=key, name=f"{table}_key")],
        # What a run changed is found without reading what it left alone, and what a person belongs to.
        indexes=[models.Index(fields=[name]) for name in (columns.FROM_REVISION, *columns.looked_up(entity))],
    )


def _history(entity: Entity) -> type[models.Model]:
    key = (columns.SOURCE, *columns.key_columns(entity))
    return _model(
        entity.name[0].upper() + entity.name[1:] + "History",
        {
            **_record_fields(entity),
            columns.TO_REVISION: models.BigIntegerField(),
            # The current row's id: a record stays itself when its key changes.
            columns.RECORD: models.BigIntegerField(),
        },
        db_table=columns.history_of(entity),
        indexes=[
            models.Index(fields=key),
            models.Index(fields=[columns.RECORD]),
            models.Index(fields=[columns.FROM_REVISION]),
            models.Index(fields=[columns.TO_REVISION]),
        ],
    )


CURRENT: dict[str, type[models.Model]] = {entity.name: _current(entity) for entity in ENTITIES}
HISTORY: dict[str, type[models.Model]] = {entity.name: _history(entity) for entity in ENTITIES}


class Installation(models.Model):
    """The roster itself, one row. Who holds it locked is the one who writes.

    `revision` is moved once by each apply that changes something.
    """

    revision = models.BigIntegerField(default=0)
    created = models.DateTimeField()
    # What tells whether a key is the installation's own, see `cartable.store.vault`.
    key = models.TextField(default="")

    class Meta:  # noqa: D106
        app_label = "roster"


class Run(models.Model):
    """An applied plan, without its rows: those are what carries its revision in the roster's tables."""

    number = models.BigIntegerField(primary_key=True)
    kind = models.TextField()
    status = models.TextField()
    source = models.TextField()
    started = models.DateTimeField()
    finished = models.DateTimeField()
    revision = models.BigIntegerField()
    changes = models.JSONField()
    input = models.JSONField()
    summary = models.JSONField()
    accepted = models.JSONField()
    # Not of runs of an edition that kept none.
    profile = models.JSONField(null=True)
    actor = models.TextField(default="")
    # The run that this one took back.
    undoes = models.BigIntegerField(null=True)
    # Schools, by sourcedId, that were left at their last good state, and why.
    quarantined = models.JSONField(default=dict)
    # Limits of guards, as the operator raised them for this run.
    raised = models.JSONField(default=list)
    salt = models.BigIntegerField(default=columns.new_salt)
    # Of all sources' records when it was applied. Not of runs of an edition that kept none.
    checksums = models.JSONField(null=True)

    class Meta:  # noqa: D106
        app_label = "roster"


class RunFinding(models.Model):
    """A finding of the check that a run rests on."""

    run = models.BigIntegerField()
    number = models.BigIntegerField()
    code = models.TextField()
    severity = models.TextField()
    action = models.TextField()
    file = models.TextField(null=True)
    line = models.BigIntegerField(null=True)
    column = models.TextField(null=True)
    record = models.JSONField(null=True)
    value = models.TextField(null=True)
    detail = models.JSONField()
    cause = models.BigIntegerField(null=True)
    salt = models.BigIntegerField(default=columns.new_salt)

    class Meta:  # noqa: D106
        app_label = "roster"
        constraints = (models.UniqueConstraint(fields=("run", "number"), name="roster_runfinding_number"),)

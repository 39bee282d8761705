# mypy: disable-error-code="var-annotated"
"""What an installation remembers beside its records: what was kept, held, decided and set by hand.

Texts that a person wrote or that name one are personal data, as the records are. Every row carries a
salt, so that its digest in the audit chain does not tell them.
"""

from django.db import models

from cartable.store.columns import new_salt


class Kept(models.Model):
    """A record that a run left at its last good state, and why.

    `key` is a JSON array of the key's values; `code` the rule that left its row out, `keep` the keep by
    which it stays and `why` what the protection says, where it is one of these.
    """

    run = models.BigIntegerField()
    entity = models.TextField()
    key = models.TextField()
    reason = models.TextField()
    code = models.TextField(default="")
    file = models.TextField(default="")
    line = models.BigIntegerField(null=True)
    keep = models.BigIntegerField(null=True)
    why = models.TextField(default="")
    salt = models.BigIntegerField(default=new_salt)

    class Meta:  # noqa: D106
        app_label = "roster"
        indexes = (models.Index(fields=("run",)), models.Index(fields=("entity", "key")))


class Pinned(models.Model):
    """A field that a run would have changed and left as it was, because it is pinned.

    `record` is the id of the current row, `key` its key then; `number` is the pin's.
    """

    run = models.BigIntegerField()
    entity = models.TextField()
    record = models.BigIntegerField()
    key = models.TextField()
    field = models.TextField()
    delivered = models.TextField(null=True)
    stays = models.TextField(null=True)
    number = models.BigIntegerField()
    salt = models.BigIntegerField(default=new_salt)

    class Meta:  # noqa: D106
        app_label = "roster"
        indexes = (models.Index(fields=("run",)), models.Index(fields=("entity", "record")))


class Hold(models.Model):
    """A plan that waits for a person: what holds it, who planned it, what was decided.

    The plan itself lies in the vault. `status` is a `cartable.model.holds.HoldStatus`, `run` the run that
    applied it or moved the roster on, `successor` the hold that took its place.
    """

    number = models.BigIntegerField(primary_key=True)
    status = models.TextField()
    source = models.TextField()
    revision = models.BigIntegerField()
    header = models.JSONField()
    created = models.DateTimeField()
    planner = models.TextField()
    expires = models.DateTimeField(null=True)
    decided = models.DateTimeField(null=True)
    decider = models.TextField(default="")
    why = models.TextField(default="")
    run = models.BigIntegerField(null=True)
    successor = models.BigIntegerField(null=True)
    salt = models.BigIntegerField(default=new_salt)

    class Meta:  # noqa: D106
        app_label = "roster"


class Keep(models.Model):
    """A person, a class or a membership that stays until a day, whatever a delivery says."""

    number = models.BigIntegerField(primary_key=True)
    user = models.TextField(default="")
    klass = models.TextField(default="", db_column="class")
    until = models.DateField()
    why = models.TextField()
    author = models.TextField()
    created = models.DateTimeField()
    released = models.DateTimeField(null=True)
    releaser = models.TextField(default="")
    salt = models.BigIntegerField(default=new_salt)

    class Meta:  # noqa: D106
        app_label = "roster"
        indexes = (models.Index(fields=("user",)), models.Index(fields=("klass",)))


class Pin(models.Model):
    """A field that a person has set, which stays as it is until it is released.

    `record` is the id of the current row, which stays when the key changes; `run` is the one that set it.
    """

    number = models.BigIntegerField(primary_key=True)
    entity = models.TextField()
    record = models.BigIntegerField()
    field = models.TextField()
    value = models.TextField(null=True)
    run = models.BigIntegerField()
    why = models.TextField()
    author = models.TextField()
    created = models.DateTimeField()
    released = models.DateTimeField(null=True)
    releaser = models.TextField(default="")
    salt = models.BigIntegerField(default=new_salt)

    class Meta:  # noqa: D106
        app_label = "roster"
        indexes = (models.Index(fields=("entity", "record")),)


class Link(models.Model):
    """One link of the audit chain: what was done, by whom and when, and the digest of the link before.

    `document` is the JSON text of which the digest is made; it holds no personal data but the actor.
    """

    number = models.BigIntegerField(primary_key=True)
    moment = models.DateTimeField()
    actor = models.TextField()
    action = models.TextField()
    document = models.TextField()
    previous = models.TextField()
    digest = models.TextField()
    seal = models.TextField()

    class Meta:  # noqa: D106
        app_label = "roster"


class Erased(models.Model):
    """The digest of a state whose values were erased, so that the chain still verifies.

    `row` is the id in the current table, or where `is_history` says so in the history; `leaf` the state's
    leaf as it was, `remains` that of what is left of it.
    """

    entity = models.TextField()
    is_history = models.BooleanField()
    row = models.BigIntegerField()
    leaf = models.TextField()
    remains = models.TextField()

    class Meta:  # noqa: D106
        app_label = "roster"
        constraints = (
            models.UniqueConstraint(fields=("entity", "is_history", "row"), name="roster_erased_state"),
        )

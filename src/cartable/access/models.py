# mypy: disable-error-code="var-annotated"
"""The tables of API clients and of what they did.

Plain Django models, so that no command loads the web's libraries for them. To django-oauth-toolkit a
`Client` is its application model: see `OAUTH2_PROVIDER_APPLICATION_MODEL`.
"""

from typing import Any

from django.db import models


class Client(models.Model):
    """A program that may call, with what it was given.

    Of the secret there is only a digest. It has 256 random bits, so that nobody finds it by trying, and a
    deliberately slow digest would only let strangers keep the server busy. No row is ever deleted.
    """

    # What django-oauth-toolkit asks of an application.
    client_type = "confidential"

    number = models.BigIntegerField(primary_key=True)
    name = models.TextField()
    client_id = models.TextField(unique=True)
    secret_digest = models.TextField()
    scopes = models.JSONField()
    # Ids of rows: an organisation stays the same when it gets another identifier.
    organisations = models.JSONField()
    services = models.JSONField()
    fields = models.JSONField()
    # Requests a minute; 0 for any number.
    rate = models.BigIntegerField()
    author = models.TextField()
    created = models.DateTimeField()
    rotated = models.DateTimeField(null=True)
    revoked = models.DateTimeField(null=True)

    class Meta:  # noqa: D106
        app_label = "access"
        constraints = (
            models.UniqueConstraint(
                fields=("name",), condition=models.Q(revoked=None), name="access_client_name"
            ),
        )

    @property
    def client_secret(self) -> str:
        """What is kept of the secret."""
        return str(self.secret_digest)

    def is_usable(self, _request: Any) -> bool:
        """Whether it may ask for tokens."""
        return self.revoked is None

    def allows_grant_type(self, *kinds: str) -> bool:
        """Whether it may ask for tokens in one of these ways."""
        return "client-credentials" in kinds


class Entry(models.Model):
    """What a client did with a collection, calls of the same kind within a moment taken together.

    Holds no values: neither what was asked for nor what was answered.
    """

    client = models.BigIntegerField()
    moment = models.DateTimeField()
    action = models.TextField()
    collection = models.TextField()
    calls = models.BigIntegerField()
    rows = models.BigIntegerField()
    # Of the roster; NULL where a call has none.
    revision = models.BigIntegerField(null=True)

    class Meta:  # noqa: D106
        app_label = "access"
        indexes = (models.Index(fields=("client", "moment")), models.Index(fields=("moment",)))

"""Who is where: a person's role in an organisation or in a class; and what people call a record."""

from collections.abc import Mapping
from dataclasses import dataclass

# The fields that a record is called by, of each entity whose records have an identifier.
CALLED_BY: Mapping[str, tuple[str, ...]] = {
    "users": ("givenName", "familyName", "username"),
    "classes": ("title",),
    "orgs": ("name",),
    "courses": ("title",),
    "academicSessions": ("title",),
}


def called(entity: str, values: Mapping[str, str | None]) -> str:
    """What people call a record: its title or name, a username only where there is no name."""
    words = [values[name] or "" for name in CALLED_BY[entity]]
    if entity != "users":
        return " ".join(words)
    given, family, username = words
    return " ".join(filter(None, (given, family))) or username


@dataclass(frozen=True, slots=True)
class Membership:
    """One role of one person.

    Args:
        org, klass: sourcedIds; `klass` is empty for a role in an organisation.
        org_name, title: what they are called, where the roster says.
        grade: of a role in an organisation.
    """

    org: str
    org_name: str | None
    klass: str
    title: str | None
    user: str
    given_name: str | None
    family_name: str | None
    username: str | None
    role: str
    grade: str | None

    @property
    def name(self) -> str:
        """What to call the person; empty where nothing is known."""
        words = (self.given_name, self.family_name, self.username)
        return called("users", dict(zip(CALLED_BY["users"], words, strict=True)))

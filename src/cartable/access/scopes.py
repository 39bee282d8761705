"""The scopes of OneRoster 1.1 and 1.2 and the services that they belong to; a table of data.

Source: the security sections of the OneRoster 1.1 and 1.2 specifications of 1EdTech.
"""

from collections.abc import Iterable
from dataclasses import dataclass

SERVICES = ("rostering", "gradebook", "resources")
"""What of a roster can be given: each a part of the standard of its own."""

_ADDRESS = "https://purl.imsglobal.org/spec/or/{version}/scope/{name}"
_BOTH, _ONLY_1_2 = ("v1p1", "v1p2"), ("v1p2",)


@dataclass(frozen=True, slots=True)
class Scope:
    """What a token may be asked for.

    Args:
        version: `v1p1` or `v1p2`.
        name: without version and address, alike in all versions that have it.
        service: one of `SERVICES`.
        is_default: whether a client gets it without anybody having named it, where it has the service.
    """

    version: str
    name: str
    service: str
    is_default: bool = False

    @property
    def address(self) -> str:
        """As it stands in requests."""
        return _ADDRESS.format(version=self.version, name=self.name)


_NAMES: tuple[tuple[str, str, tuple[str, ...], bool], ...] = (
    ("roster-core.readonly", "rostering", _BOTH, True),
    ("roster.readonly", "rostering", _BOTH, True),
    ("roster-demographics.readonly", "rostering", _BOTH, False),
    ("resource.readonly", "resources", _BOTH, True),
    ("resource-core.readonly", "resources", _ONLY_1_2, True),
    ("gradebook.readonly", "gradebook", _BOTH, True),
    ("gradebook-core.readonly", "gradebook", _ONLY_1_2, True),
    ("gradebook.createput", "gradebook", _BOTH, False),
    ("gradebook.createpost", "gradebook", _ONLY_1_2, False),
    ("gradebook.delete", "gradebook", _BOTH, False),
    ("assessment.readonly", "gradebook", _ONLY_1_2, True),
    ("assessment.createput", "gradebook", _ONLY_1_2, False),
    ("assessment.delete", "gradebook", _ONLY_1_2, False),
)

SCOPES: tuple[Scope, ...] = tuple(
    Scope(version, name, service, is_default)
    for name, service, versions, is_default in _NAMES
    for version in versions
)
BY_ADDRESS: dict[str, Scope] = {scope.address: scope for scope in SCOPES}
NAMES: tuple[str, ...] = tuple(dict.fromkeys(scope.name for scope in SCOPES))
"""Names without version: each stands for all versions that have it."""


def addresses(named: Iterable[str]) -> tuple[str, ...]:
    """The scopes that are meant, in the order of the table.

    Args:
        named: addresses, or names for all versions; KeyError where one is neither.
    """
    meant = set()
    for name in named:
        meant |= {scope.address for scope in SCOPES if name in (scope.name, scope.address)} or {
            BY_ADDRESS[name].address
        }
    return tuple(scope.address for scope in SCOPES if scope.address in meant)


def defaults(services: Iterable[str], *, with_demographics: bool) -> tuple[str, ...]:
    """What a client gets for which no scope was named: to read what its services have.

    Args:
        with_demographics: whether it was given fields that only demographics have.
    """
    wanted = set(services)
    return tuple(
        scope.address
        for scope in SCOPES
        if scope.service in wanted
        and (scope.is_default or (with_demographics and scope.name == "roster-demographics.readonly"))
    )

"""What the installation's guards file asks of those who approve: its table [policy]."""

import tomllib
from typing import Any

from cartable.errors import SamePerson, UsageError
from cartable.model.plans import PlanHeader
from cartable.model.policies import Policy
from cartable.store.vault import Vault

_FILE = "guards.toml"
_TABLE = "policy"
_SHAPE = "Write for example: [policy] second_approver = true, hold_expires_hours = 72"
_LONGEST = 24 * 366


def policy(vault: Vault) -> Policy:
    """The policy of the guards file in the vault; the default one where there is no file.

    Raises:
        UsageError: the file cannot be read, or says what no policy can be.
    """
    path = vault.directory / _FILE
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Policy()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise UsageError(
            "The guards file {path} cannot be read: {reason}.", _SHAPE, path=path, reason=reason
        ) from None
    asked = document.get(_TABLE, {})
    if not isinstance(asked, dict):
        raise UsageError("The guards file {path} has no table {table}.", _SHAPE, path=path, table=_TABLE)
    for name, value in asked.items():
        if not _is_sound(name, value):
            raise UsageError(
                "The guards file {path} asks what no policy can be: {name} = {value}.",
                _SHAPE,
                path=path,
                name=name,
                value=value,
            )
    return Policy(**asked)


def see_that_two_agree(vault: Vault, header: PlanHeader, approver: str) -> None:
    """Refuse that one and the same person plans what a guard holds and lets it pass, where the policy does.

    Raises:
        SamePerson: it is the same one.
        UsageError: as `policy`.
    """
    if header.holds and _person(header.actor) == _person(approver) and policy(vault).second_approver:
        raise SamePerson(
            "{who} planned this and may not approve it: the policy asks for a second person; "
            "nothing was written.",
            "Without --accept a sync waits as a hold; another person approves it, named with --by.",
            who=approver.strip(),
        )


def _is_sound(name: str, value: Any) -> bool:
    if name == "second_approver":
        return isinstance(value, bool)
    is_hours = isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _LONGEST
    return name == "hold_expires_hours" and is_hours


def _person(actor: str) -> str:
    return actor.strip().casefold()

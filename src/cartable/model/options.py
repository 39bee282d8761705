"""What an operator can ask of a check."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from cartable.model.vocabularies import Vocabulary

# What to compare a delivery with: a run, another delivery, the last applied run, nothing.
Against = int | Path | Literal["last"] | None


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """Switches of a check.

    Args:
        create_users: names are required, as receivers that create accounts ask.
        contacts: contacts need names and an e-mail, as receivers that link contacts ask.
        codes: code lists with an organisation's own codes, by name of the list; they replace the
            list of that name.
        memory: DuckDB's memory limit, such as "1GB"; None is half the machine's.
        receivers: names of the systems whose own demands are checked too, see `cartable.model.receivers`.
    """

    create_users: bool = False
    contacts: bool = False
    codes: Mapping[str, Vocabulary] = field(default_factory=dict)
    memory: str | None = None
    receivers: tuple[str, ...] = ()

    def vocabulary(self, default: Vocabulary) -> Vocabulary:
        """The list to use in place of `default`: the organisation's extended one, where there is one."""
        return self.codes.get(default.name, default)

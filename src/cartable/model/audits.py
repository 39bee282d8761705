"""The audit chain: what was done, by whom and when, each link sealed and holding the digest of the last.

A link's document holds no personal data: counts, and digests that salts make mute. It may tell of

- `rows`: ledger rows, by table and number, each with its digest after the action;
- `lists`: the lists that belong to a run, by table and run, each with count and digest;
- `states`: the states of records that an action made, by entity;
- `erased`: all states whose values were taken away until then.

Of what several links tell, the latest holds.
"""

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from cartable.model.documents import plan_document
from cartable.model.plans import PlanHeader

Document = dict[str, Any]

FIRST = "0" * 64
"""What stands for the digest of the link before the first."""

_SEPARATOR = "\x1f"


class Action(StrEnum):
    """What a link tells."""

    BEGIN = "begin"
    APPLY = "apply"
    PLAN = "plan"
    HOLD = "hold"
    APPROVE = "approve"
    DISCARD = "discard"
    RESTORE = "restore"
    KEEP = "keep"
    RELEASE = "release"
    CLIENT = "client"


@dataclass(frozen=True, slots=True)
class Link:
    """One link.

    Args:
        number: counts from 1.
        moment: ISO 8601, UTC, with microseconds.
        document: canonical JSON.
        previous: digest of the link before; `FIRST` in the first.
        digest: see `digest_of`.
        seal: HMAC of the digest by the installation's key.
    """

    number: int
    moment: str
    actor: str
    action: str
    document: str
    previous: str
    digest: str = ""
    seal: str = ""

    @property
    def told(self) -> Document:
        """The document as a value; empty where it is none."""
        try:
            told = json.loads(self.document)
        except ValueError:
            return {}
        return told if isinstance(told, dict) else {}

    def with_digest(self) -> "Link":
        """The same link with the digest that it must have."""
        return replace(self, digest=digest_of(self))


def digest_of(link: Link) -> str:
    """SHA-256 over number, moment, actor, action, document and previous, a unit separator between them."""
    parts = (str(link.number), link.moment, link.actor, link.action, link.document, link.previous)
    return hashlib.sha256(_SEPARATOR.join(parts).encode("utf-8", "backslashreplace")).hexdigest()


def canonical(value: object) -> str:
    """JSON of which there is one spelling: ASCII, names sorted, no blanks."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def digest_of_plan(header: PlanHeader) -> str:
    """What tells a plan from every other: SHA-256 of its header."""
    return hashlib.sha256(canonical(plan_document(header)).encode()).hexdigest()


def plan_part(header: PlanHeader) -> Document:
    """What a link tells of a plan."""
    files = header.delivery.files
    return {
        "plan": digest_of_plan(header),
        "of": header.kind,
        "source": header.source,
        "before": header.revision,
        "rules": header.rules,
        "changes": {name: counted for name, counts in header.counts.items() if (counted := _counted(counts))},
        # Names of files that are none of the format's may be anybody's.
        "inputs": [
            {name: getattr(file, name) for name in ("entity", "sha256", "bytes", "rows", "excluded")}
            for file in files
        ],
        "summary": asdict(header.summary),
        "holds": [
            {"guard": hold.guard, "entity": hold.entity, "count": hold.count, "limit": hold.limit}
            for hold in header.holds
        ],
        "quarantined": {
            school: sorted({hold.guard for hold in one.holds}) for school, one in header.quarantined.items()
        },
        "undoes": header.undoes,
    }


def _counted(counts: object) -> dict[str, int]:
    return {name: number for name, number in asdict(counts).items() if number}  # type: ignore[call-overload]

"""What can go wrong with us, the operator or a remote system.

A fault in a roster is a finding (a value, `cartable.model.findings`). These are exceptions:

    CartableError              70  the base; never raised itself
    ├── UsageError             64  the command was called wrongly
    ├── InputError              2  the delivery cannot be opened at all
    ├── PlanError               3  a plan that may not be applied
    │   ├── PlanUnreadable     64  not a plan file, or a damaged one
    │   ├── PlanStale           3  the roster has moved since
    │   ├── PlanForeign         3  made for another roster
    │   ├── PlanHeld            3  a guard holds it
    │   ├── HoldDecided         3  the held plan was approved or discarded already
    │   ├── HoldExpired         3  the held plan's time is over, or the roster has moved since
    │   └── SamePerson          3  the policy asks for a second person
    ├── BackupUnreadable       64  not a backup, or a damaged one
    ├── RosterBusy             75  another process is writing the roster
    ├── DatabaseError          69  the roster's database cannot be reached or is not ours
    │   └── KeyUnusable        69  the installation's key is missing, or another one's
    ├── SisRefused             77  a SIS does not let us, or answers what is no OneRoster
    ├── SisUnreachable         75  a SIS cannot be reached, or stays busy or broken
    ├── SystemFailure          74  the machine refused: a full disk, too little memory
    │   └── ClockBehind        74  the clock tells an earlier time than the last entry
    └── Unforeseen             70  a fault of ours

The number is the exit status. Two rooms translate these for people: `cli` and `site`.
"""

from typing import ClassVar


class CartableError(Exception):
    """A failure that is told to the operator in one sentence with its remedy.

    Args:
        message: what happened, an English template with `{names}`; it is the key of the translation.
        hint: what to do about it, a template likewise.
        values: what the names stand for.
    """

    code: ClassVar[str] = "internal"
    exit_status: ClassVar[int] = 70
    http_status: ClassVar[int] = 500

    def __init__(self, message: str, hint: str = "", **values: object) -> None:
        super().__init__(message.format(**values))
        self.message = message
        self.hint = hint
        self.values = values


class UsageError(CartableError):
    """The command was called wrongly."""

    code = "usage"
    exit_status = 64
    http_status = 400


class InputError(CartableError):
    """The delivery cannot be opened at all."""

    code = "input"
    exit_status = 2
    http_status = 422


class PlanError(CartableError):
    """A plan that may not be applied; nothing was written."""

    code = "plan"
    exit_status = 3
    http_status = 409


class PlanUnreadable(PlanError):
    """Not a plan file, or a damaged one."""

    code = "plan.unreadable"
    exit_status = 64
    http_status = 400


class PlanStale(PlanError):
    """The roster has moved since the plan was computed."""

    code = "plan.stale"


class PlanForeign(PlanError):
    """The plan was not made for this roster."""

    code = "plan.foreign"


class PlanHeld(PlanError):
    """A guard holds the plan."""

    code = "plan.held"


class HoldDecided(PlanError):
    """A held plan that somebody has decided about."""

    code = "hold.decided"


class HoldExpired(PlanError):
    """A held plan that nobody decided about in time."""

    code = "hold.expired"


class SamePerson(PlanError):
    """Who planned it may not be the one who approves it."""

    code = "hold.same-person"


class BackupUnreadable(CartableError):
    """Not a backup, a damaged one, or another edition's."""

    code = "backup.unreadable"
    exit_status = 64
    http_status = 400


class RosterBusy(CartableError):
    """Another process is writing the roster."""

    code = "roster.busy"
    exit_status = 75
    http_status = 503


class DatabaseError(CartableError):
    """The roster's database cannot be reached, or holds something else."""

    code = "database"
    exit_status = 69
    http_status = 503


class KeyUnusable(DatabaseError):
    """The installation's key is missing, unreadable or that of another installation."""

    code = "key"


class SisRefused(CartableError):
    """A SIS does not let us, or answers what is no OneRoster."""

    code = "sis.refused"
    exit_status = 77
    http_status = 502


class SisUnreachable(CartableError):
    """A SIS cannot be reached, or stays busy or broken."""

    code = "sis.unreachable"
    exit_status = 75
    http_status = 502


class SystemFailure(CartableError):
    """The machine refused what we asked of it."""

    code = "system"
    exit_status = 74


class ClockBehind(SystemFailure):
    """The machine's clock tells an earlier time than what was written last."""

    code = "clock"


class Unforeseen(CartableError):
    """A fault of ours: an exception that no room foresaw."""

    def __init__(self, exception: BaseException) -> None:
        # The exception's text may hold somebody's data; its type does not.
        super().__init__(
            "Cartable has met something that it was not made for ({kind}).",
            "Please report this, with the command and the version; CARTABLE_DEBUG=1 shows the details.",
            kind=type(exception).__name__,
        )


def failure_of(exception: Exception) -> CartableError:
    """What to tell the operator of any exception."""
    if isinstance(exception, CartableError):
        return exception
    if isinstance(exception, OSError):
        return SystemFailure(
            "The operating system refused to go on: {reason}.",
            "Look for a full disk or a folder that may not be written.",
            # Not the exception's own text, which names a file: that may be a person's.
            reason=exception.strerror or type(exception).__name__,
        )
    return Unforeseen(exception)

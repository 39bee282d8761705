"""Which faults are planted, and when: from what the operator asked to one kind at a time."""

from collections import deque
from collections.abc import Sequence
from random import Random

from cartable.errors import UsageError
from cartable.generating.batches import Batch
from cartable.generating.fault import Fault, RowFault
from cartable.generating.faults import KINDS
from cartable.generating.file_faults import ColumnFault, FileFault


def chosen(kinds: Sequence[str], rate: float) -> list[Fault]:
    """The kinds asked for; for a rate without kinds, all that go together.

    Raises:
        UsageError: a kind does not exist, or must be planted alone but is not; the rate is no share.
    """
    if not 0 <= rate <= 1:
        raise UsageError(
            "The share of faulty rows is {rate}.", "Give a number from 0 to 1, such as 0.001.", rate=rate
        )
    for name in kinds:
        if name not in KINDS:
            raise UsageError(
                "There is no kind of fault {kind}.", "Kinds: {kinds}.", kind=name, kinds=", ".join(KINDS)
            )
    faults = [KINDS[name] for name in dict.fromkeys(kinds)]
    for fault in faults:
        if fault.alone and len(faults) > 1:
            raise UsageError(
                "The fault {kind} stops the check or takes the others away with it.",
                "Plant it alone.",
                kind=fault.name,
            )
    if faults or not rate:
        return faults
    return [fault for fault in KINDS.values() if fault.mixed and not fault.alone and not fault.needs]


class Planter:
    """Plants faults in one batch after the other, until the share of faulty rows is reached.

    Args:
        faults: the kinds, see `chosen`.
        rate: faults per row; 0 plants each kind once.
        random: where the choice of kinds comes from.
    """

    def __init__(self, faults: Sequence[Fault], rate: float, random: Random) -> None:
        self.columns = [fault for fault in faults if isinstance(fault, ColumnFault)]
        self.files = [fault for fault in faults if isinstance(fault, FileFault)]
        self.planted = len(self.columns) + len(self.files)
        self._rate = rate
        self._due = -float(self.planted)
        waiting = [fault for fault in faults if isinstance(fault, RowFault)]
        random.shuffle(waiting)
        self._waiting = deque(waiting)
        self._never = {fault.name for fault in waiting}

    @property
    def waits(self) -> bool:
        """Whether faults are still to be planted in rows."""
        return bool(self._waiting)

    @property
    def unplanted(self) -> list[str]:
        """Kinds for which no batch had a victim."""
        return sorted(self._never)

    def plant(self, batch: Batch, rows: int) -> None:
        """Plant what is due in this batch of so many rows."""
        if not self._rate:
            for _ in range(len(self._waiting)):
                fault = self._waiting.popleft()
                if not self._once(fault, batch):
                    self._waiting.append(fault)
            return
        self._due += rows * self._rate
        failures = 0
        while self._due >= 1 and self._waiting and failures < len(self._waiting):
            fault = self._waiting.popleft()
            if self._once(fault, batch):
                self._due -= 1
                failures = 0
                if fault.once:
                    continue
            else:
                failures += 1
            self._waiting.append(fault)

    def _once(self, fault: RowFault, batch: Batch) -> bool:
        planted = fault.plant(batch)
        if planted:
            self.planted += 1
            self._never.discard(fault.name)
        return planted

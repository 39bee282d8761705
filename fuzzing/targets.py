"""The promises that hold for any bytes, one function for each kind of input.

A target takes bytes and raises where a promise is broken. Every outcome is a report or one of the
exceptions in `cartable.errors`; no row is unaccounted for; nothing takes for ever.
"""

import contextlib
import csv
import io
import json
import signal
import sys
import tempfile
import types
import zipfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from tests.engine.simple_reading import is_blank, rows_of, simple_records

from cartable import cli
from cartable.engine import receiving, recognising, workspace
from cartable.engine.heading import LONGEST_HEADER, head_of
from cartable.engine.scanning import Fault, Scanner
from cartable.errors import PlanForeign, PlanUnreadable, UsageError
from cartable.flow import planfiles
from cartable.formats.codes import read_codes
from cartable.formats.sds import SDS_V2_1
from cartable.model.findings import Action, Severity
from cartable.model.limits import FILES
from cartable.store.vault import Seal

# What the kept plans are sealed with.
SEAL = Seal(bytes(32))
WHOLE = Path(__file__).parent / "corpus" / "plans" / "whole"
# Seconds that no small input may take, however busy the machine is.
DEADLINE = 120
# Stands between the files of a delivery, each of which begins with a byte that says its name.
BETWEEN = b"\n===\n"
NAMES = tuple(file.name for file in SDS_V2_1.files)
_NEEDED: Mapping[str, bytes] = {
    "orgs.csv": b"sourcedId,name,type\nS1,Lac,school\n",
    "users.csv": b"sourcedId,username\nU1,anne\n",
    "roles.csv": b"userSourcedId,orgSourcedId,role\nU1,S1,teacher\n",
}
_STATUSES = (0, 1, 2)
_COLUMNS = 3
_HEADER = "a,b,c"
_FAULTS = {
    Fault.QUOTE: "row.quote",
    Fault.LINEBREAK: "row.linebreak",
    Fault.CONTROL: "row.control-character",
    Fault.RAGGED: "row.ragged",
    Fault.HEADER: "row.header",
}


def scanning(data: bytes) -> None:
    """The scan finds the rows and faults that the simple reader finds, wherever blocks end."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = None
    for size in (1 + len(data) % 7, 64, 4096):
        scanner, found = Scanner(0, 1, _COLUMNS, _HEADER.encode()), []
        for begin in range(0, len(data), size):
            block = np.frombuffer(data[begin : begin + size], np.uint8)
            behind = data[begin + size : begin + size + 1]
            rows = scanner.feed(block, behind[0] if behind else -1)
            if scanner.invalid is not None:
                break
            found += [(line, 0) for line in rows.lines.tolist()]
            found += [(one.line, one.faults) for one in rows.cut.records(np.arange(len(rows.cut.start)))]
        assert (scanner.invalid is None) == (text is not None)
        if text is not None:
            assert sorted(found) == sorted(_simply(text)), size


def _simply(text: str) -> Iterator[tuple[int, int]]:
    for line, record, faults in simple_records(text, _COLUMNS, _HEADER):
        bits = sum(bit for bit, code in _FAULTS.items() if code in faults)
        yield line, 0 if is_blank(record) else bits


def heading(data: bytes) -> None:
    """Any file has a head, or a reason why it has none."""
    head = head_of(data[:LONGEST_HEADER], len(data))
    assert head.names or head.fault
    assert head.fault or head.end <= len(data)


def zips(data: bytes) -> None:
    """Any zip is taken in, or it is said why not."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name) / "delivery.zip"
        place.write_bytes(data)
        upload = receiving.receive(place, Path(name), SDS_V2_1, recognising.WANTED)
        assert len(upload.files) <= FILES.size
        assert upload.files or upload.findings or upload.listed
        for file in upload.files.values():
            assert file.path is None or file.path.parent == Path(name)


def codes(data: bytes) -> None:
    """Any file of codes is taken or refused."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name) / "codes.toml"
        place.write_bytes(data)
        with contextlib.suppress(UsageError):
            read_codes(place)


def plans(data: bytes) -> None:
    """Any plan file is taken or refused; what is not as it was made is refused."""
    with tempfile.TemporaryDirectory() as name, workspace.opened("100MB") as work:
        place = Path(name) / "plan.cartable"
        place.write_bytes(data)
        with contextlib.suppress(PlanUnreadable, PlanForeign):
            planfiles.load(work, place, SEAL)
            assert data == WHOLE.read_bytes()


def delivery(data: bytes) -> None:
    """A delivery of any files is reported on, in every form, and each row of it is accounted for."""
    with tempfile.TemporaryDirectory() as name:
        files = {**_NEEDED, **dict(_files(data))}
        for file, content in files.items():
            (Path(name) / file).write_bytes(content)
        _account(Path(name), files)


def archive(data: bytes) -> None:
    """Any zip is reported on."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name) / "delivery.zip"
        place.write_bytes(data)
        files: dict[str, bytes] = {}
        with contextlib.suppress(Exception), zipfile.ZipFile(place) as opened:
            for member in opened.namelist():
                with contextlib.suppress(Exception):
                    files[member] = opened.read(member)
        _account(place, files)


TARGETS: Mapping[str, Callable[[bytes], None]] = {
    target.__name__: target for target in (scanning, heading, zips, codes, plans, delivery, archive)
}


def tried(name: str, data: bytes) -> None:
    """Run one target on one input; TimeoutError where it takes for ever."""
    before = signal.signal(signal.SIGALRM, _late)
    signal.alarm(DEADLINE)
    try:
        TARGETS[name](data)
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _late(_number: int, _frame: types.FrameType | None) -> None:
    raise TimeoutError


def joined(files: Mapping[str, bytes]) -> bytes:
    """A delivery as the bytes that `delivery` takes."""
    return BETWEEN.join(bytes([NAMES.index(name)]) + content for name, content in files.items())


def _files(data: bytes) -> Iterator[tuple[str, bytes]]:
    for piece in data.split(BETWEEN):
        if piece:
            yield NAMES[piece[0] % len(NAMES)], piece[1:]


def _account(path: Path, files: Mapping[str, bytes]) -> None:
    """Check by the front door, and hold the reports against each other and the files."""
    written = _check(path, "json")
    report = json.loads(written)
    findings: list[dict[str, Any]] = report["findings"]
    assert not report["omitted"]
    assert "error" not in report
    assert [finding["code"] for finding in findings if finding["code"] == "check.failed"] == []
    assert [finding["number"] for finding in findings] == list(range(1, len(findings) + 1))
    excluded, fatal = defaultdict(set), set()
    for finding in findings:
        if finding["action"] == Action.EXCLUDE:
            excluded[finding["file"]].add(finding["line"])
        if finding["severity"] == Severity.FATAL:
            fatal.add(finding["file"])
    for file in report["input"]["files"]:
        assert file["rows"] == file["accepted"] + file["excluded"]
        assert len(excluded[file["name"]]) == file["excluded"]
        if file["name"] in NAMES and not fatal & {file["name"], None, path.name}:
            assert file["rows"] == rows_of(files[file["name"]])
    severities = Counter(finding["severity"] for finding in findings)
    assert all(severities[severity] == report["summary"][severity] for severity in Severity)
    lines = list(csv.reader(io.StringIO(_check(path, "csv"), newline="")))
    assert len(lines) == len(findings) + 1
    assert {len(line) for line in lines} == {len(lines[0])}
    assert all(one.isprintable() or one == "\n" for one in _check(path, "text"))


def _check(path: Path, form: str) -> str:
    """What `cartable check` prints; its exit status must be that of a report."""
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="")
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()) as told:
        status = cli.main(["check", str(path), "--format", form, "--memory", "100MB"])
    assert status in _STATUSES, (status, told.getvalue())
    out.flush()
    assert isinstance(out.buffer, io.BytesIO)
    return out.buffer.getvalue().decode("utf-8")


if __name__ == "__main__":
    for given in sys.argv[2:]:
        tried(sys.argv[1], Path(given).read_bytes())

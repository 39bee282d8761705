"""Reads a delivery: from files as they came to tables of texts with line numbers.

The story of one file: its head is read and judged; one pass over its bytes digests it and finds its
rows and what is wrong with them (`scanning`); faulty rows and blank lines are taken out (`sifting`);
DuckDB reads the rest (`loading`), straight from the received bytes where nothing was taken out, while
the next file is scanned.
"""

import hashlib
import os
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from cartable.engine.findings import Found, add
from cartable.engine.heading import Head, Header, judge
from cartable.engine.loading import create_empty, load
from cartable.engine.mistaking import encoding_fault
from cartable.engine.quoting import Bytes
from cartable.engine.receiving import Upload, receive, system_fault
from cartable.engine.recognising import WANTED, doubts, peek, recognise
from cartable.engine.scanning import Scanner
from cartable.engine.sifting import Sieve
from cartable.engine.tracing import Tracer
from cartable.engine.workspace import Workspace
from cartable.formats.format import File, Format
from cartable.formats.layouts import LAYOUTS
from cartable.formats.sds import SDS_V2_1
from cartable.formats.strangers import TITLES
from cartable.model.deliveries import DeliveredFile, Delivery
from cartable.model.progress import Progress, silent
from cartable.rules import files as rules

# Bytes that are scanned at once: large enough for whole-array operations, small enough for caches.
# Where each byte ends a row, the scan needs some two hundred times as much memory.
BLOCK = 1024 * 1024


def read(
    workspace: Workspace,
    path: Path,
    format: Format = SDS_V2_1,  # noqa: A002 (it is the word for it)
    progress: Progress = silent,
    block: int = BLOCK,
) -> Delivery:
    """Read the delivery at `path` into tables `raw_<entity>`, one for every entity of the format.

    What is wrong with files, headers and rows as texts goes to `finding`, faulty rows to `pulled`.

    Args:
        path: a folder, or a zip with the files at its root.
        format: what is expected; another one that is known is read, too.
        progress: told of the stage "reading", in bytes.
        block: bytes that are scanned at once.

    Raises:
        InputError: there is nothing at `path` that could be a delivery.
    """
    upload = receive(path, workspace.directory, format, WANTED)
    heads = dict(_heads(upload, format))
    manifest = next((upload.files[name].path for name in WANTED if name in upload.files), None)
    code = recognise(heads, frozenset(upload.files), manifest, format)
    if code in LAYOUTS and code != format.code:
        format = LAYOUTS[code]  # noqa: A001
        upload = receive(path, workspace.directory, format, ())
        heads = dict(_heads(upload, format))
        add(workspace, doubts(code, heads, frozenset(upload.files), manifest))
    for file in format.files:
        create_empty(workspace, file.records)
    workspace.received = {name: file.path for name, file in upload.files.items() if file.path}
    reader = _Reader(workspace, upload, heads, progress, block)
    if code in TITLES and code != format.code:
        names = ", ".join(sorted(upload.files))
        detail = {"found": TITLES[code], "expected": format.title, "files": names}
        add(workspace, [Found(rules.FORMAT, detail=detail)])
        files = tuple(reader.unread(name, format) for name in _ordered(upload, format))
        return Delivery(str(path), code, files)
    missing = list(_missing(upload, format)) if upload.listed else []
    # A file that must be a missing one is said with that one.
    told = {found.detail["near"] for found in missing if found.detail.get("case") == "near"}
    add(workspace, (found for found in upload.findings if found.file not in told))
    add(workspace, missing)
    # While DuckDB loads one file, the next is scanned.
    with ThreadPoolExecutor(1) as loading:
        begun = [reader.delivered(name, format, loading) for name in _ordered(upload, format)]
        files = tuple(finish() for finish in begun)
    return Delivery(str(path), code, files)


def _ordered(upload: Upload, layout: Format) -> list[str]:
    """Names of the files: those of the format in its order, then the others by name."""
    known = [file.name for file in layout.files]
    return [*(name for name in known if name in upload.files), *sorted(set(upload.files) - set(known))]


def _heads(upload: Upload, layout: Format) -> Iterator[tuple[str, Head]]:
    """The heads of the format's files that can be opened."""
    for file in layout.files:
        received = upload.files.get(file.name)
        if received is None or received.path is None:
            continue
        try:
            yield file.name, peek(received.path)
        except OSError as error:
            fault = system_fault(error)
            upload.files[file.name] = replace(received, path=None, faults=(*received.faults, fault))


def _missing(upload: Upload, layout: Format) -> Iterator[Found]:
    """The files that a delivery must have and this one has not."""
    near = {
        found.detail["near"]: found.file
        for found in upload.findings
        if found.rule is rules.UNEXPECTED and "near" in found.detail
    }
    for file in layout.files:
        if file.name in upload.files:
            continue
        pair = layout.file_of(file.pair).name if file.pair else ""
        if not file.required and pair not in upload.files:
            continue
        detail = {}
        if other := near.get(file.name):
            detail = {"case": "near", "near": other}
        elif archive := upload.zipped.get(file.name):
            detail = {"case": "zipped", "near": archive}
        elif not file.required:
            detail = {"case": "pair", "pair": pair}
        yield Found(rules.MISSING, file.entity, file.name, detail=detail)


@dataclass(slots=True)
class _Reader:
    """Reads the files of one upload, counting the bytes that are done."""

    workspace: Workspace
    upload: Upload
    heads: dict[str, Head]
    progress: Progress
    block: int
    done: int = 0
    total: int = 0

    def __post_init__(self) -> None:
        paths = (received.path for received in self.upload.files.values())
        self.total = sum(_size(path) for path in paths if path)

    def unread(self, name: str, layout: Format) -> DeliveredFile:
        """A file of which only the digest is taken."""
        entity = next((file.entity for file in layout.files if file.name == name), None)
        path, digest, size = self.upload.files[name].path, hashlib.sha256(), 0
        if path is None:
            return DeliveredFile(name, entity, "", 0)
        try:
            with path.open("rb", buffering=0) as source:
                size = os.fstat(source.fileno()).st_size
                for _ in self._blocks(source.fileno(), size, digest):
                    pass
        except (OSError, _ChangedError):
            return DeliveredFile(name, entity, "", size)
        return DeliveredFile(name, entity, digest.hexdigest(), size)

    def delivered(self, name: str, layout: Format, loading: Executor) -> Callable[[], DeliveredFile]:
        """Begin to read a file; what is returned waits for its rows, where it can be read, and gives it."""
        file = next((file for file in layout.files if file.name == name), None)
        received = self.upload.files[name]
        if file is None:
            return partial(_same, self.unread(name, layout))
        if received.path is None or received.faults:
            self._add(file, received.faults)
            return partial(_same, self.unread(name, layout))
        try:
            return self._read(file, received.path, self.heads[name], layout, loading)
        except OSError as error:
            self._refuse(file, [system_fault(error)])
        except _ChangedError:
            self._refuse(file, [Found(rules.UNREADABLE, detail={"case": "changed"})])
        return partial(_same, DeliveredFile(name, file.entity, "", 0))

    def _add(self, file: File, findings: Iterable[Found]) -> None:
        add(self.workspace, [replace(found, entity=file.entity, file=file.name) for found in findings])

    def _refuse(self, file: File, findings: Iterable[Found]) -> None:
        """The file cannot be read after all: take back what was said and loaded of its rows."""
        create_empty(self.workspace, file.records)
        self.workspace.execute(
            "delete from finding where entity = ? and starts_with(code, 'row.')", [file.entity]
        )
        self.workspace.execute("delete from pulled where entity = ?", [file.entity])
        self._add(file, findings)

    def _read(
        self, file: File, path: Path, head: Head, layout: Format, loading: Executor
    ) -> Callable[[], DeliveredFile]:
        header = judge(head, file, layout)
        faults = [head.fault] if head.fault else list(header.findings)
        digest = hashlib.sha256()
        with path.open("rb", buffering=0) as stream:
            source = stream.fileno()
            before = os.fstat(source)
            delivered = DeliveredFile(file.name, file.entity, "", before.st_size, tuple(header.fields))
            # Behind a header that is quoted wrongly nobody knows where rows begin.
            unsound = head.fault or head.misquoted is not None
            scanner = None if unsound else Scanner(head.end, head.following, header.width, head.text)
            tracer = Tracer()
            with Sieve(self.workspace, file, head, header, source) as sieve:
                for offset, block, following in self._blocks(source, before.st_size, digest):
                    body = block[max(head.end - offset, 0) :]
                    self._scan(scanner, None if header.fatal else sieve, body, following)
                    tracer.feed(body)
            after = os.fstat(source)
            if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
                raise _ChangedError
            if scanner and scanner.invalid is not None:
                faults.append(_encoding_fault(source, scanner, shown=not header.secret))
            cut = _cut(source, before.st_size, scanner, sieve, header) if scanner else None
            if cut is not None:
                faults.append(Found(rules.CUT, line=cut))
        delivered = replace(delivered, sha256=digest.hexdigest())
        if head.fault or header.fatal or (scanner and scanner.invalid is not None):
            self._refuse(file, faults)
            return partial(_same, delivered)
        sieve.tell()
        tracer.finish()
        loaded = loading.submit(self._load, file, path, head, header, sieve)
        return partial(self._finish, delivered, file, faults, tracer, sieve, loaded)

    def _load(self, file: File, path: Path, head: Head, header: Header, sieve: Sieve) -> bool:
        """Load the rows on a connection of its own, since the reader's is in use meanwhile."""
        with self.workspace.connection.cursor() as connection:
            try:
                return load(Workspace(connection, self.workspace.directory), file, path, head, header, sieve)
            finally:
                sieve.discard()

    def _finish(
        self,
        delivered: DeliveredFile,
        file: File,
        faults: list[Found],
        tracer: Tracer,
        sieve: Sieve,
        loaded: Future[bool],
    ) -> DeliveredFile:
        try:
            if not loaded.result():
                self._refuse(file, [*faults, Found(rules.UNREADABLE, detail={"case": "engine"})])
                return delivered
        except OSError as error:
            self._refuse(file, [system_fault(error)])
            return replace(delivered, sha256="", bytes=0, columns=())
        rows = sieve.kept + sieve.pulled
        if not rows:
            faults.append(Found(rules.HEADER_ONLY))
        self._add(file, faults)
        self._keep(file, tracer)
        return replace(delivered, readable=True).counted(rows=rows, excluded=sieve.pulled)

    def _keep(self, file: File, tracer: Tracer) -> None:
        for code in tracer.found:
            self.workspace.execute("insert into trace values (?, ?)", [file.entity, code])

    def _scan(self, scanner: Scanner | None, sieve: Sieve | None, block: Bytes, following: int) -> None:
        """Scan a block and sift its records; a file that is not UTF-8 is not looked at any further."""
        if scanner and scanner.invalid is None and len(block):
            rows = scanner.feed(block, following)
            if sieve and scanner.invalid is None:
                sieve.take(rows)

    def _blocks(self, source: int, size: int, digest: "hashlib._Hash") -> Iterator[tuple[int, Bytes, int]]:
        """The file's blocks: offset, bytes, the byte behind them or -1; digested in a thread meanwhile.

        Two buffers take turns, so that one is digested while the next is read.
        """
        room = min(self.block, size) + 1
        turns = [(bytearray(room), [Future[None]()]) for _ in range(2)]
        for _, (ready,) in turns:
            ready.set_result(None)
        offset = 0
        with ThreadPoolExecutor(1) as pool:
            while offset < size:
                buffer, waiting = turns[0]
                waiting[0].result()
                view = memoryview(buffer)[: min(self.block + 1, size - offset)]
                got = os.preadv(source, [view], offset)
                length = got if offset + got == size else got - 1
                if length < 1:
                    raise _ChangedError
                waiting[0] = pool.submit(digest.update, view[:length])
                yield offset, np.frombuffer(view[:length], np.uint8), view[length] if length < got else -1
                offset += length
                self.done += length
                self.progress("reading", self.done, self.total)
                turns.reverse()


def _same(file: DeliveredFile) -> DeliveredFile:
    return file


class _ChangedError(Exception):
    """The file changed while it was read."""


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _encoding_fault(source: int, scanner: Scanner, *, shown: bool) -> Found:
    """The finding about the byte at which the scanner stopped."""
    place = scanner.invalid or 0
    before = os.pread(source, min(place, 100), max(place - 100, 0)).rpartition(b"\n")[2]
    return encoding_fault(before, os.pread(source, 1 << 16, place), scanner.invalid_line, shown=shown)


def _cut(source: int, size: int, scanner: Scanner, sieve: Sieve, header: Header) -> int | None:
    """The line of the last row where the file stops in the middle of it.

    It lacks its line end, and some of its cells, the end of its quotation or of its last character.
    """
    if scanner.invalid is not None:
        decoder, rest = getincrementaldecoder("utf-8")("ignore"), os.pread(source, 4, scanner.invalid)
        decoder.decode(rest)
        return scanner.invalid_line if decoder.getstate()[0] == rest else None
    last = sieve.last
    if last is None or last.end != size or os.pread(source, 1, size - 1) == b"\n":
        return None
    return last.line if scanner.is_quoted or last.cells < header.width else None

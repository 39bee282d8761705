"""API clients and what they did, in sentences, as JSON and as lines of a table."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import TextIO

from cartable import words
from cartable.model.clients import AccessEntry, ClientRecord, ClientState, Issued
from cartable.reports import serializing, table, wording
from cartable.reports.document import VERSION
from cartable.reports.pages import Page
from cartable.reports.safety import shown
from cartable.words import marked

_STATES = {ClientState.ACTIVE: marked("may call"), ClientState.REVOKED: marked("revoked")}
_ACTIONS = {
    "read": marked("read"),
    "write": marked("wrote"),
    "delete": marked("deleted"),
    "token": marked("got a token"),
}
_LOG_HEADINGS = (
    *(marked("Moment"), marked("Client"), marked("What it did"), marked("Collection"), marked("Revision")),
    *(marked("Calls"), marked("Rows")),
)
_LOG_COLUMNS = ("moment", "client", "action", "collection", "revision", "calls", "rows")
_COLUMNS = (
    *("number", "name", "client_id", "state", "scopes", "organisations", "services", "fields", "rate"),
    *("by", "created", "rotated", "revoked", "used"),
)


def write_issued(issued: Issued, on: Page) -> None:
    """A client's secret, told once, and what the client may do."""
    client = issued.client
    told = "Client {number}, {name}, is added." if not client.rotated else "{name} has a new secret."
    on.write(words.text(told, number=client.number, name=shown(client.name)))
    on.write()
    on.verbatim([f"client_id      {client.client_id}", f"client_secret  {issued.secret}"], 2)
    on.verbatim([f"token_url      {issued.token_url}"], 2)
    on.write()
    if client.rotated:
        on.write(words.text("The old secret and all tokens that were got with it have ended."))
    on.write(words.text("The secret is told this once: keep it where nobody else can read it."))
    _write_rights(client, on)


def write_revoked(client: ClientRecord, on: Page) -> None:
    """That a client may call no more."""
    on.write(words.text("{name} is revoked: its tokens have ended.", name=shown(client.name)))


def write_clients(clients: Sequence[ClientRecord], on: Page) -> None:
    """Each client with what it may do."""
    if not clients:
        on.write(words.text("There is no client: cartable clients add NAME adds one."))
    for place, client in enumerate(clients):
        if place:
            on.write()
        state = words.text(_STATES[client.state])
        told = f"{client.number}. {shown(client.name)} ({state})"
        on.write(words.text("{place}: {sentence}", place=told, sentence=client.client_id))
        for line in _moments(client):
            on.write(line, indent=2, hanging=2)
        _write_rights(client, on)


def write_log(entries: Iterable[AccessEntry], on: Page) -> None:
    """What clients did, as a table."""
    rows = [
        (
            wording.moment(entry.moment),
            shown(entry.client),
            words.text(_ACTIONS.get(entry.action, entry.action)),
            entry.collection,
            "" if entry.revision is None else words.figure(entry.revision),
            words.figure(entry.calls),
            words.figure(entry.rows),
        )
        for entry in entries
    ]
    if rows:
        on.table([words.text(title) for title in _LOG_HEADINGS], rows, left=4)
    else:
        on.write(words.text("No client has read or written anything yet."))


def _write_rights(client: ClientRecord, on: Page) -> None:
    for line in _rights(client):
        on.write(line, indent=2, hanging=2)


def _rights(client: ClientRecord) -> Iterable[str]:
    organisations = ", ".join(map(shown, client.organisations))
    yield _labelled(words.text("Services"), ", ".join(client.services))
    yield _labelled(words.text("Organisations"), organisations or words.text("all"))
    without = words.text("none of birth dates, demographics, flags and phones")
    yield _labelled(words.text("Sensitive fields"), ", ".join(client.fields) or without)
    yield _labelled(words.text("Scopes"), ", ".join(map(_scope, client.scopes)))
    rate = words.counted("{number} request a minute", "{number} requests a minute", client.rate)
    yield _labelled(words.text("At most"), rate if client.rate else words.text("any number of requests"))


def _moments(client: ClientRecord) -> Iterable[str]:
    told = words.text("Added by {author}, {moment}", author=shown(client.author), moment=_at(client.created))
    yield told
    if client.rotated:
        yield words.text("New secret: {moment}", moment=_at(client.rotated))
    if client.revoked:
        yield words.text("Revoked: {moment}", moment=_at(client.revoked))
    yield words.text("Last call: {moment}", moment=_at(client.used) if client.used else words.text("never"))


def _at(moment: str) -> str:
    return wording.moment(moment)


def _labelled(label: str, told: str) -> str:
    return words.text("{place}: {sentence}", place=label, sentence=told)


def _scope(address: str) -> str:
    """A scope without its address: version and name."""
    before, _, name = address.rpartition("/scope/")
    return f"{name} ({before.rpartition('/')[2]})"


def write_issued_document(issued: Issued, to: TextIO) -> None:
    """What a program needs to call, as JSON."""
    told = {"client_id": issued.client.client_id, "client_secret": issued.secret}
    rights = {name: value for name, value in client_document(issued.client).items() if name != "client_id"}
    whole = {"version": VERSION, **told, "token_url": issued.token_url, "client": rights}
    to.write(serializing.serialized(whole) + "\n")


def write_client_documents(clients: Iterable[ClientRecord], to: TextIO) -> None:
    """All clients as JSON."""
    to.write(f'{{"version": {VERSION}, "clients": ')
    serializing.write_list(map(client_document, clients), to)
    to.write("}\n")


def write_log_documents(entries: Iterable[AccessEntry], to: TextIO) -> None:
    """The access log as JSON."""
    to.write(f'{{"version": {VERSION}, "entries": ')
    serializing.write_list(map(asdict, entries), to)
    to.write("}\n")


def write_client_lines(clients: Iterable[ClientRecord], to: TextIO) -> None:
    """One line a client; lists with blanks between their elements."""
    table.write(_COLUMNS, (_line(client) for client in clients), to)


def write_log_lines(entries: Iterable[AccessEntry], to: TextIO) -> None:
    """One line an entry."""
    lines = (tuple(getattr(entry, name) for name in _LOG_COLUMNS) for entry in entries)
    table.write(_LOG_COLUMNS, lines, to)


def client_document(client: ClientRecord) -> serializing.Document:
    """A client as JSON."""
    return {
        "number": client.number,
        "name": client.name,
        "client_id": client.client_id,
        "state": client.state,
        "scopes": list(client.scopes),
        "organisations": list(client.organisations),
        "services": list(client.services),
        "fields": list(client.fields),
        "rate": client.rate,
        "by": client.author,
        "created": client.created,
        "rotated": client.rotated,
        "revoked": client.revoked,
        "used": client.used,
    }


def _line(client: ClientRecord) -> tuple[object, ...]:
    values = client_document(client).values()
    return tuple(" ".join(value) if isinstance(value, list) else value for value in values)

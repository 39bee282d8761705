"""What an installation keeps beside its database: its key, plans that wait, inputs.

A roster in a file has its vault beside it; one on a server has it in the user's data directory, or where
`CARTABLE_VAULT` says. Whoever has the key can seal plans and links of the audit chain.
"""

import hashlib
import hmac
import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from cartable.errors import KeyUnusable
from cartable.store.addresses import parsed
from cartable.store.rosters import Roster

VAULT_VARIABLE = "CARTABLE_VAULT"
KEY = "key"
_KEY_BYTES = 32
_NAMED = 16
_RESTORE = "Bring it back from a backup, or name the right vault with CARTABLE_VAULT."


@dataclass(frozen=True, slots=True)
class Seal:
    """Seals texts with the installation's key, and tells its own seals from others'.

    Args:
        key: 32 secret bytes.
    """

    key: bytes

    @property
    def name(self) -> str:
        """What tells this key from others without giving it away."""
        return self.of(b"cartable: name of a key")[:_NAMED]

    def of(self, content: bytes) -> str:
        """The seal, hexadecimal. Source: RFC 2104, HMAC, with SHA-256."""
        return hmac.new(self.key, content, hashlib.sha256).hexdigest()

    def holds(self, content: bytes, seal: str) -> bool:
        """Whether it is this content's seal."""
        return hmac.compare_digest(self.of(content).encode(), seal.encode())


@dataclass(frozen=True, slots=True)
class Vault:
    """A directory that nobody but its owner may read.

    Args:
        directory: where; it need not be there yet.
    """

    directory: Path

    def folder(self, name: str) -> Path:
        """One of its folders, made where it is not there."""
        place = self.directory / name
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        place.mkdir(mode=0o700, exist_ok=True)
        return place

    def seal(self, roster: Roster | None = None) -> Seal:
        """The installation's seal; its key is made when it is first asked for.

        Args:
            roster: the installation's roster, which remembers whose key it is; None where there is none yet.

        Raises:
            KeyUnusable: the key is missing, damaged, or not the roster's.
        """
        if roster is None:
            return Seal(self._key(may_be_made=True))
        from cartable.store.tables import Installation

        rows = Installation._default_manager.using(roster.alias)
        known = rows.get().key
        seal = Seal(self._key(may_be_made=not known))
        if known and known != seal.name:
            raise KeyUnusable(
                "The key in {place} is not the one of the roster {roster}.",
                _RESTORE,
                place=self.directory,
                roster=roster.place,
            )
        if not known:
            rows.filter(key="").update(key=seal.name)
            if rows.get().key != seal.name:
                return self.seal(roster)
        return seal

    def _key(self, *, may_be_made: bool) -> bytes:
        path = self.directory / KEY
        if may_be_made and not path.exists():
            self._make_key(path)
        try:
            key = bytes.fromhex(path.read_text(encoding="ascii").strip())
        except (OSError, ValueError):
            key = b""
        if len(key) != _KEY_BYTES:
            raise KeyUnusable(
                "The installation's key in {place} is missing or damaged.", _RESTORE, place=self.directory
            )
        return key

    def _make_key(self, path: Path) -> None:
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = path.with_name(f"key.{secrets.token_hex(8)}")
        unfinished.touch(mode=0o600)
        unfinished.write_text(secrets.token_hex(_KEY_BYTES), encoding="ascii")
        try:
            # Whoever comes second keeps the first one's key.
            os.link(unfinished, path)
        except FileExistsError:
            pass
        finally:
            unfinished.unlink()


def vault_of(url: str) -> Vault:
    """The vault of the roster that the text names.

    Raises:
        UsageError: the text names no database.
    """
    if given := os.environ.get(VAULT_VARIABLE):
        return Vault(Path(given).expanduser().absolute())
    address = parsed(url, 0)
    if address.path:
        return Vault(address.path.with_name(f"{address.path.name}.vault"))
    home = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    name = re.sub(r"\W+", "-", address.place.partition("://")[2]).strip("-")
    return Vault(home / "cartable" / "vaults" / name)

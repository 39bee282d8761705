"""What a server is to serve, as it passes from the command to the processes that answer."""

import json
import os
from dataclasses import asdict, dataclass

_VARIABLE = "CARTABLE_SERVED"


@dataclass(frozen=True, slots=True)
class Served:
    """What a server is to serve.

    Args:
        database: the roster's address.
        url: the address under which consumers know the server, without a slash at its end.
        hosts: names by which it may be called.
        proxies: addresses whose `X-Forwarded-*` headers are believed.
        counters: the file that holds what its processes count together.
        pulls: the file that holds at which revisions pulls began.
        log_days: how long the access log is kept.
    """

    database: str
    url: str
    hosts: tuple[str, ...]
    proxies: tuple[str, ...]
    counters: str
    pulls: str
    log_days: int

    def pass_on(self) -> None:
        """Let the processes that are started from here know."""
        os.environ[_VARIABLE] = json.dumps(asdict(self))

    @classmethod
    def passed_on(cls) -> "Served":
        """What the process was started to serve; KeyError where it was not."""
        told = json.loads(os.environ[_VARIABLE])
        return cls(**{**told, "hosts": tuple(told["hosts"]), "proxies": tuple(told["proxies"])})

"""Run as a process of the web application: whose tokens are these, and how many statements does each cost?

Takes, as JSON on stdin, `served` (see `cartable.site.served`) and `tokens`, headers as they are sent.
"""

import json
import sys
from typing import Any

from cartable.site.served import Served


def main() -> None:
    asked = json.load(sys.stdin)
    Served(**asked["served"]).pass_on()

    from cartable.site import wsgi  # noqa: F401 (sets Django up)

    print(json.dumps([_told(header) for header in asked["tokens"]]))


def _told(header: str) -> dict[str, Any]:
    from django.db import connection

    from cartable.access.authenticating import TooMany, Unauthorised, client_of

    statements = []

    def counted(execute: Any, sql: str, *rest: Any) -> Any:
        statements.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(counted):
        try:
            client = client_of(header)
        except Unauthorised as refused:
            return {"refused": refused.reason, "statements": len(statements)}
        except TooMany as many:
            return {"refused": "too many", "seconds": many.seconds, "statements": len(statements)}
    return {
        "name": client.name,
        "scopes": sorted(client.scopes),
        "organisations": client.organisations,
        "fields": sorted(client.fields),
        "hidden": sorted(map(".".join, client.hidden)),
        "services": sorted(client.services),
        "statements": len(statements),
    }


if __name__ == "__main__":
    main()

"""Reads the files that operators write: TOML of bounded size."""

import tomllib
from collections.abc import Mapping
from pathlib import Path

from cartable.errors import UsageError
from cartable.model.limits import Limit


def read_toml(path: Path, limit: Limit, hint: str) -> Mapping[str, object]:
    """What the file says.

    Args:
        limit: how long it may be.
        hint: how such a file is written, an English template without names.

    Raises:
        UsageError: the file cannot be read, is too long, or is no TOML.
    """
    try:
        with path.open("rb") as stream:
            content = stream.read(limit.size + 1)
        if len(content) > limit.size:
            raise UsageError(
                "The file {file} is longer than {limit} MiB.",
                "See whether it is the right one.",
                file=path,
                limit=limit.number,
            )
        return tomllib.loads(content.decode("utf-8-sig"))
    except OSError as error:
        raise UsageError(
            "The file {file} cannot be read: {reason}.",
            "Check the path, and that you may read the file.",
            file=path,
            reason=error.strerror or type(error).__name__,
        ) from None
    except RecursionError:
        raise UsageError("The file {file} is no TOML: it is nested too deep.", hint, file=path) from None
    except ValueError as error:  # no TOML, or no UTF-8
        raise UsageError("The file {file} is no TOML: {reason}.", hint, file=path, reason=error) from None

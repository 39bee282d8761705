"""An earlier delivery, read where it lies, so that another one can be compared with it. Needs no database."""

from pathlib import Path

from cartable.errors import UsageError
from cartable.flow import checking
from cartable.formats.sds import SDS_V2_1
from cartable.model.options import CheckOptions
from cartable.model.profiles import Precedent
from cartable.model.progress import Progress, silent


def delivered(path: Path, options: CheckOptions, progress: Progress = silent) -> Precedent:
    """The delivery at `path`, read and judged in a workspace of its own; its findings are not kept.

    Raises:
        UsageError: none of its files can be read.
        InputError: there is nothing at `path` that could be a delivery.
    """
    with checking.checked(path, options, progress) as result:
        if not any(file.readable for file in result.delivery.files):
            raise UsageError(
                "{path} cannot be compared with: none of its files can be read as {format}.",
                "See what is wrong with it: cartable check {path}",
                path=path,
                format=SDS_V2_1.title,
            )
        return Precedent(result.delivery, result.profile())

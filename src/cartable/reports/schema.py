"""The JSON Schema of our reports, shipped with the package."""

from importlib.resources import files


def report_schema() -> str:
    """The text of the JSON Schema that check, plan and sync follow with `--format json`."""
    return (files("cartable.reports") / "report.schema.json").read_text(encoding="utf-8")

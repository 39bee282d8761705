"""Every rule has its smallest failing and passing upload, and both are what they say."""

import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from cartable.engine import checking, findings, reading
from cartable.engine.workspace import opened
from cartable.flow import comparing, planning
from cartable.model.findings import Action, Finding, Severity
from cartable.model.options import CheckOptions
from cartable.rules.catalogue import RULES
from cartable.rules.examples import WITHOUT_EXAMPLE, Upload, example
from cartable.rules.rule import Rule

CODES = sorted(set(RULES) - WITHOUT_EXAMPLE.keys())


def lay(upload: Upload, directory: Path) -> None:
    directory.mkdir()
    for name in upload.files:
        path = directory / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(upload.content(name))
    if upload.zipped:
        with zipfile.ZipFile(directory / "delivery.zip", "w") as archive:
            for name in upload.zipped:
                archive.writestr(name, upload.content(name))


def findings_of(upload: Upload, directory: Path) -> list[Finding]:
    path, asked = directory / "upload", dict.fromkeys(upload.options, True)
    options = CheckOptions(**asked, receivers=upload.receivers)  # type: ignore[arg-type]
    lay(upload, path)
    if upload.elsewhere:
        return findings_beside_another_source(path, upload.elsewhere, options, directory)
    precedent = None
    if upload.against:
        precedent = comparing.delivered(written(upload.against, directory / "earlier"), options)
    with opened() as workspace:
        delivery = reading.read(workspace, path)
        checking.note_dropped_columns(workspace, delivery, upload.earlier)
        checking.check(workspace, delivery, options, precedent=precedent)
        return list(findings.findings(workspace))


def findings_beside_another_source(
    path: Path, elsewhere: Mapping[str, str], options: CheckOptions, directory: Path
) -> list[Finding]:
    database = str(directory / "roster.db")
    theirs = written(elsewhere, directory / "elsewhere")
    with planning.planned(theirs, database, options, source="other") as (_, plan):
        plan.apply("sync")
    with planning.planned(path, database, options) as (check, _):
        return list(check.findings())


def written(files: Mapping[str, str], directory: Path) -> Path:
    directory.mkdir()
    for name, text in files.items():
        (directory / name).write_text(text, encoding="utf-8", newline="")
    return directory


@pytest.mark.parametrize("code", CODES)
def test_failing_upload_has_exactly_the_findings_it_lists(code: str, tmp_path: Path) -> None:
    upload = example(code).failing  # type: ignore[union-attr]
    found = [(f.file, f.line, f.column) for f in findings_of(upload, tmp_path) if f.code == code]
    assert found == list(upload.expect)
    assert found


@pytest.mark.parametrize("code", CODES)
def test_passing_upload_has_no_finding_of_the_code(code: str, tmp_path: Path) -> None:
    upload = example(code).passing  # type: ignore[union-attr]
    assert [f for f in findings_of(upload, tmp_path) if f.code == code] == []


def outcomes(rule: Rule) -> set[tuple[Severity | None, Action | None]]:
    """What the catalogue says that a finding of the rule may be and do."""
    by_requirement = {(Severity.ERROR, Action.EXCLUDE), (Severity.WARNING, Action.BLANK)}
    told = {rule.outcome(case) for case in ("", *rule.cases)} | set(rule.by_option.values())
    return told | by_requirement if (None, None) in told else told


@pytest.mark.parametrize("code", CODES)
def test_every_finding_is_as_bad_and_does_what_the_catalogue_says(code: str, tmp_path: Path) -> None:
    upload = example(code).failing  # type: ignore[union-attr]
    for finding in findings_of(upload, tmp_path):
        assert (finding.severity, finding.action) in outcomes(RULES[finding.code])


@pytest.mark.parametrize("code", CODES)
def test_findings_fill_every_name_of_their_words(code: str, tmp_path: Path) -> None:
    upload = example(code).failing  # type: ignore[union-attr]
    for finding in findings_of(upload, tmp_path):
        names = {"file": finding.file, "line": finding.line, "column": finding.column}
        names |= {"value": finding.value, "record": finding.record, **finding.detail}
        for template in RULES[finding.code].words(finding.detail):
            assert "None" not in template.format(**names)


@pytest.mark.parametrize("code", CODES)
def test_examples_stay_small_enough_to_be_read(code: str) -> None:
    for upload in (example(code).failing, example(code).passing):  # type: ignore[union-attr]
        assert all(text.count("\n") <= 6 for text in upload.files.values())

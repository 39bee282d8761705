"""A check finds each fault that the generator planted, at its file and line, and nothing else.

The generator writes the answer key without the rules: key and rules are two readings of one
specification, and they must agree to the last finding.
"""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from cartable.errors import UsageError
from cartable.flow.checking import checked
from cartable.formats.sds import SDS_V2_1
from cartable.generating.fault import CONTACTS, CREATE_USERS, EARLIER, NO_CONTACTS
from cartable.generating.faults import KINDS
from cartable.generating.writing import CRLF, LF, Generated, generate
from cartable.model.findings import Finding, Severity
from cartable.model.options import CheckOptions
from cartable.model.receivers import RECEIVERS
from cartable.rules.catalogue import RULES

from .generating.districts import Answer, answers

STUDENTS = 160
# What OneRoster has no place for, or demands, of every roster.
ALWAYS = frozenset(
    {
        "oneroster.no-place",
        "oneroster.match-id",
        "oneroster.enrollment-id",
        "oneroster.no-role",
        "oneroster.end-date",
    }
)
# What an earlier run delivered: everything.
DELIVERED = {file.entity: tuple(column.field for column in file.columns) for file in SDS_V2_1.files}

# A check, and the needs whose findings it reports beside those that need nothing.
CONTEXTS: Mapping[str, tuple[CheckOptions, Mapping[str, tuple[str, ...]], frozenset[str]]] = {
    "plain": (CheckOptions(), {}, frozenset({"", NO_CONTACTS})),
    CREATE_USERS: (CheckOptions(create_users=True), {}, frozenset({"", NO_CONTACTS, CREATE_USERS})),
    CONTACTS: (CheckOptions(contacts=True), {}, frozenset({"", CONTACTS})),
    EARLIER: (CheckOptions(), DELIVERED, frozenset({"", NO_CONTACTS, EARLIER})),
}

# Asking about a receiver, likewise.
RECEIVING = {
    f"--for {name}": (CheckOptions(receivers=(name,)), {}, frozenset({"", NO_CONTACTS, f"--for {name}"}))
    for name in RECEIVERS
}
# What receivers do with every roster that has these fields: it cannot be planted.
IN_EVERY_DISTRICT: Mapping[str, frozenset[str]] = {
    "--for microsoft365": frozenset(
        {"microsoft365.sessions", "microsoft365.contacts", "microsoft365.licences"}
    ),
    "--for google-classroom": frozenset({"google-classroom.grading-periods"}),
    "--for oneroster-1.1": frozenset({"oneroster.one-role", "oneroster.code", *ALWAYS}),
    "--for oneroster-1.2": frozenset({"oneroster.code", *ALWAYS}),
    "--for apple-school-manager": frozenset(
        {"apple-school-manager.no-place", "apple-school-manager.person-id"}
    ),
}
# A missing courses.csv takes the courses of all classes with it; two relationships of one contact
# are what a clean district has, or has not, by chance; the last takes fifty thousand users.
# Said once of any grading period, which other faults plant.
END_DATE = "google-classroom.end-date"
NEITHER_PLANTED_NOR_USUAL = frozenset(
    {"apple-school-manager.files", "oneroster.one-relationship", "microsoft365.size", END_DATE}
)

Place = tuple[str, str, str | None, int | None]


def _agree(made: Generated, context: str, usual: frozenset[tuple[object, ...]] = frozenset()) -> None:
    """Check the district, and hold findings and counts against the answer key.

    Args:
        usual: what is found in the district without faults, see `_seen`.
    """
    options, earlier, needs = (CONTEXTS | RECEIVING)[context]
    key = [answer for answer in answers(made.key) if answer.needs in needs] if made.key else []
    with checked(made.directory, options, earlier=earlier) as check:
        told = (finding for finding in check.findings() if finding.code != END_DATE)
        findings = [finding for finding in told if _seen(finding) not in usual]
        files = check.delivery.files
        summary = check.summary
    expected: Counter[Place] = Counter(_place(answer) for answer in key)
    found: Counter[Place] = Counter(
        (finding.code, str(finding.severity), finding.file, finding.line) for finding in findings
    )
    assert (found - expected, expected - found) == (Counter(), Counter())
    columns = Counter((*_place(answer), answer.column) for answer in key if answer.column)
    named = Counter(
        (finding.code, str(finding.severity), finding.file, finding.line, finding.column)
        for finding in findings
    )
    assert columns - named == Counter()
    left_out = {(answer.file, answer.line) for answer in key if answer.severity == Severity.ERROR}
    for file in files:
        assert file.rows == file.accepted + file.excluded
        if file.readable:
            assert file.excluded == sum(name == file.name for name, _ in left_out), file.name
    assert summary.error == sum(answer.severity == Severity.ERROR for answer in key)


def _seen(finding: Finding) -> tuple[object, ...]:
    """What a finding about a receiver is known by; a planted fault may move the first row it is about."""
    return (
        finding.code,
        finding.file,
        finding.column,
        finding.value if finding.code == "oneroster.code" else None,
    )


def _usual(directory: Path, context: str) -> frozenset[tuple[object, ...]]:
    """What a check says of the same district without faults."""
    if context not in RECEIVING:
        return frozenset()
    made = generate(directory / context.replace(" ", ""), STUDENTS, seed=5)
    with checked(made.directory, RECEIVING[context][0]) as check:
        return frozenset(map(_seen, check.findings()))


def _place(answer: Answer) -> Place:
    return (answer.code, answer.severity, answer.file or None, answer.line)


@pytest.mark.parametrize("context", sorted(CONTEXTS))
@pytest.mark.parametrize("eol", [CRLF, LF], ids=["crlf", "lf"])
def test_a_district_without_faults_has_no_finding(tmp_path: Path, context: str, eol: str) -> None:
    made = generate(tmp_path / "district", 900, seed=1, eol=eol)
    _agree(made, context)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_alone_is_found_where_the_key_says(tmp_path: Path, kind: str) -> None:
    made = generate(tmp_path / "district", STUDENTS, seed=5, kinds=[kind])
    assert made.key
    needs = {answer.needs for answer in answers(made.key)}
    for context in {"plain"} | needs & {*CONTEXTS, *RECEIVING}:
        _agree(made, context, _usual(tmp_path, context))


@pytest.mark.parametrize("context", sorted(RECEIVING))
def test_a_district_without_faults_has_little_to_tell_of_a_receiver(tmp_path: Path, context: str) -> None:
    made = generate(tmp_path / "district", 900, seed=1)
    with checked(made.directory, RECEIVING[context][0]) as check:
        findings = list(check.findings())
    assert {finding.code for finding in findings} == IN_EVERY_DISTRICT[context]
    assert {finding.severity for finding in findings} == {Severity.INFO}
    assert len(findings) <= 25


def test_every_rule_about_receivers_is_planted_or_usual() -> None:
    known = {rule.code for rule in RULES.values() if rule.receivers}
    usual = {code for codes in IN_EVERY_DISTRICT.values() for code in codes}
    planted = {fault.code for fault in KINDS.values()}
    assert known - usual - planted == NEITHER_PLANTED_NOR_USUAL


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    students=st.integers(1, 900),
    rate=st.sampled_from([0.0, 0.002, 0.01, 0.05]),
    eol=st.sampled_from([CRLF, LF]),
    context=st.sampled_from(sorted(set(CONTEXTS) - {EARLIER})),
)
def test_a_mix_of_faults_is_found_and_nothing_else(
    seed: int, students: int, rate: float, eol: str, context: str
) -> None:
    with TemporaryDirectory() as directory:
        made = generate(Path(directory) / "district", students, seed, faults=rate, eol=eol)
        _agree(made, context)


@settings(max_examples=8, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    kinds=st.sets(
        st.sampled_from(sorted(name for name, fault in KINDS.items() if not fault.alone)),
        min_size=2,
        max_size=8,
    ),
)
def test_any_kinds_that_are_not_alone_go_together(seed: int, kinds: set[str]) -> None:
    with TemporaryDirectory() as directory:
        try:
            made = generate(Path(directory) / "district", 2_500, seed, kinds=sorted(kinds - {"row.too-long"}))
        except UsageError:  # Now and then one takes the only place that another one could have.
            reject()
        for context in ("plain", CREATE_USERS, CONTACTS):
            _agree(made, context)


@pytest.mark.slow
def test_a_large_mix_over_many_schools_agrees_to_the_last_follower(tmp_path: Path) -> None:
    made = generate(tmp_path / "district", 20_000, seed=9, faults=0.001)
    assert made.planted > 200
    _agree(made, "plain")

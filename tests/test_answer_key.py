"""A check finds each fault that the generator planted, at its file and line, and nothing else.

The generator writes the answer key without the rules: key and rules are two readings of one
specification, and they must agree to the last finding.
"""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cartable.flow.checking import checked
from cartable.formats.sds import SDS_V2_1
from cartable.generating.fault import CONTACTS, CREATE_USERS, EARLIER, NO_CONTACTS
from cartable.generating.faults import KINDS
from cartable.generating.writing import CRLF, LF, Generated, generate
from cartable.model.findings import Severity
from cartable.model.options import CheckOptions

from .generating.districts import Answer, answers

STUDENTS = 160
# What an earlier run delivered: everything.
DELIVERED = {file.entity: tuple(column.field for column in file.columns) for file in SDS_V2_1.files}

# A check, and the needs whose findings it reports beside those that need nothing.
CONTEXTS: Mapping[str, tuple[CheckOptions, Mapping[str, tuple[str, ...]], frozenset[str]]] = {
    "plain": (CheckOptions(), {}, frozenset({"", NO_CONTACTS})),
    CREATE_USERS: (CheckOptions(create_users=True), {}, frozenset({"", NO_CONTACTS, CREATE_USERS})),
    CONTACTS: (CheckOptions(contacts=True), {}, frozenset({"", CONTACTS})),
    EARLIER: (CheckOptions(), DELIVERED, frozenset({"", NO_CONTACTS, EARLIER})),
}

Place = tuple[str, str, str | None, int | None]


def _agree(made: Generated, context: str) -> None:
    """Check the district, and hold findings and counts against the answer key."""
    options, earlier, needs = CONTEXTS[context]
    key = [answer for answer in answers(made.key) if answer.needs in needs] if made.key else []
    with checked(made.directory, options, earlier=earlier) as check:
        findings = list(check.findings())
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
    for context in {"plain"} | needs & set(CONTEXTS):
        _agree(made, context)


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
        made = generate(Path(directory) / "district", 2_500, seed, kinds=sorted(kinds - {"row.too-long"}))
        for context in ("plain", CREATE_USERS, CONTACTS):
            _agree(made, context)


@pytest.mark.slow
def test_a_large_mix_over_many_schools_agrees_to_the_last_follower(tmp_path: Path) -> None:
    made = generate(tmp_path / "district", 20_000, seed=9, faults=0.001)
    assert made.planted > 200
    _agree(made, "plain")

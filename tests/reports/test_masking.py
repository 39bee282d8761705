"""`--mask`: no personal data in any form of any report, and what is wrong is still seen."""

import itertools
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from cartable import words
from cartable.cli import main
from cartable.model.entities import ENTITIES
from cartable.model.findings import Action, Finding, Severity
from cartable.model.receivers import RECEIVERS
from cartable.model.types import Sensitivity
from cartable.reports import masking
from cartable.reports.schema import report_schema
from tests.cli.deliveries import CLEAN, FAULTY, delivered
from tests.reports.world import Checked, email

Capture = pytest.CaptureFixture[str]

FORMS = ("text", "json", "csv", "html", "sarif", "junit")


class Tokens:
    """Made-up personal data, each piece of it once in the world; `made` are the pieces."""

    def __init__(self) -> None:
        self.made: list[str] = []
        self._letters = map("".join, itertools.product("ghjkmq", repeat=4))  # in no word, and not hexadecimal
        self._numbers = itertools.count(4_700_001, 13)

    def word(self, pattern: str = "qz{}") -> str:
        return pattern.format(self._keep(next(self._letters)))

    def number(self, pattern: str = "{}") -> str:
        return pattern.format(self._keep(str(next(self._numbers))))

    def _keep(self, token: str) -> str:
        self.made.append(token)
        return token


def reported(path: Path, capsys: Capture, form: str, language: str, *options: str) -> str:
    """What is printed, with JSON's escapes resolved."""
    assert main(["check", str(path), "--mask", "--format", form, "--lang", language, *options]) in (1, 2)
    printed = capsys.readouterr().out
    assert "users.csv" in printed
    return json.dumps(json.loads(printed), ensure_ascii=False) if form in ("json", "sarif") else printed


def damaged(tokens: Tokens) -> dict[str, str]:
    """A delivery with tokens in every personal column and in everything that can be wrong about a row."""
    word, number = tokens.word, tokens.number
    personal = ("username", "givenName", "familyName", "activeDirectoryMatchId", "userNumber")

    def user(key: str, **cells: str) -> str:
        told = {name: word() for name in personal} | cells
        columns = ("username", "familyName", "givenName", "activeDirectoryMatchId", "email", "phone", "sms")
        return ",".join((key, *(told.get(name, "") for name in (*columns, "userNumber")), word()))

    shared = word("qzé{}ü")
    rows = [
        "sourcedId,username,familyName,givenName,activeDirectoryMatchId,email,phone,sms,userNumber,"
        + word("QzName{}"),
        user("P1", email=f"{word()} at {word()}", phone=number("06 {}"), sms=number("+{}999999999")),
        user("P2", username=shared, email=f"{word('Ζωή{}')}@{word()}.example"),
        user("P3", username=shared.upper(), givenName=f" {word()}", familyName=f"{word()}\u00a0"),
        user("P4", givenName=f'"{word()}\n{word()}"'),
        user("P5", givenName=f"{word()}\x1b[31m{word()}"),
        f"P6,{word()},{word()}",
        f'P7,{word()},"{word()}" {word()},{word()},,,,,,',
        f'P8,{word()},{word()} "{word()}",,,,,,,',
        user("P9", username="", phone="0" + number() + "9"),
        user(word("qz.{}@example.org"), email="x"),
        user("P1"),
        user("C1", email=""),
    ]
    demographics = [
        "userSourcedId,sex,birthDate,birthCity,birthState,birthCountry,ethnicityCodes,raceCodes",
        f"P1,{word()},{number('{}-13-45')},{word()},{word()},{word()},{word()},{word()}",
        f"P2,{word()},{number('{}')},{word()} ,{word()},{word()},,",
        f"P3,,{word()}",
    ]
    return {
        "orgs.csv": f'sourcedId,name,type\nS1,"Ask {word()}@{word()}.example",school\nS2,{word()}@qz.org,x\n',
        "users.csv": "\n".join(rows) + "\n",
        "roles.csv": "userSourcedId,orgSourcedId,role\nP1,S1,student\nP2,S1,teacher\nC1,S1,proctor\n"
        f"{word()}@{word()}.example,S1,student\n",
        "relationships.csv": "userSourcedId,relationshipUserSourcedId,relationshipRole\n"
        f"P1,C1,{word()}\nP2,C1,{word()} \nP3,P2,relative,{word()}\n",
        "demographics.csv": "\n".join(demographics) + "\n",
        "userFlags.csv": f"userSourcedId,flag\nP1,{word()}\nP2,{word()}\nP99,{word()} \n",
        f"{word()} {word()}.csv": "a,b\n",
        f"{word()}.zip": "no zip",
        "Users.txt": word(),
    }


def headless(tokens: Tokens) -> dict[str, str]:
    """A delivery without headers, so that its first pupil is taken for one."""
    cells = ",".join(tokens.word() for _ in range(8))
    return {**CLEAN, "users.csv": f"P1,{cells}\nP2,{cells}\n"}


def misquoted(tokens: Tokens) -> dict[str, str]:
    """The same with a quotation mark in the first pupil's name."""
    return {**CLEAN, "users.csv": f'P1,{tokens.word()} "{tokens.word()}",{tokens.word()}\n'}


def no_text(tokens: Tokens) -> dict[str, str]:
    """A delivery in another encoding; see `test_no_form_of_a_masked_report_gives_anything_away`."""
    users = f"sourcedId,username,givenName\nP1,{tokens.word()},{tokens.word('Zo{}')}\udce9{tokens.word()}\n"
    return {**CLEAN, "users.csv": users}


def from_a_spreadsheet(tokens: Tokens) -> dict[str, str]:
    """A delivery whose personal columns a spreadsheet and an office program have damaged."""
    word, number = tokens.word, tokens.number
    header = "sourcedId,username,familyName,givenName,email,phone,userNumber\n"
    no_break, lost = "\u00a0", "\ufffd"
    first = (
        *("P1", f"“{word()}”", word("QzÃ©{}Ã§"), word(f"qz{{}}{no_break}x"), f"“{word()}@qz.org”"),
        *(number("6{}.0"), f"0{number()}"),
    )
    second = (
        *("P2", "#N/A", word(f"Qz{lost}{{}}"), f"‘{word()}’", f"{word()}{no_break}@qz.org"),
        *(number("6.{}E+11"), number("{}.0")),
    )
    rows = [",".join(first), ",".join(second)]
    return {
        **CLEAN,
        "users.csv": header + "\n".join(rows) + "\n",
        "demographics.csv": "userSourcedId,sex,birthDate,birthCity\n"
        f"P1,FAUX,39412,{word('QzÃ©{}')}\nP2,male,{number('17/05/{}')},{word()}\n",
    }


@pytest.mark.parametrize(
    ("upload", "form", "language"),
    [
        *itertools.product([damaged, from_a_spreadsheet], FORMS, words.LANGUAGES),
        *itertools.product([headless, misquoted, no_text], ["json"], ["en"]),
    ],
)
def test_no_form_of_a_masked_report_gives_anything_away(
    upload: Any, form: str, language: str, tmp_path: Path, capsys: Capture
) -> None:
    tokens = Tokens()
    path = tmp_path / tokens.word()
    path.mkdir()
    for name, text in upload(tokens).items():
        (path / name).write_bytes(text.encode("utf-8", "surrogateescape"))
    receivers = itertools.chain.from_iterable(("--for", name) for name in RECEIVERS)
    options = ("--contacts", "--create-users", "--limit", "1000", *receivers)
    printed = reported(path, capsys, form, language, *options)
    told = printed.casefold()
    assert [token for token in tokens.made if token in told] == []


def test_without_the_mask_the_same_delivery_gives_much_away(tmp_path: Path, capsys: Capture) -> None:
    tokens = Tokens()
    path = delivered(tmp_path / "export", damaged(tokens))
    main(["check", str(path), "--format", "json"])
    told = capsys.readouterr().out.casefold()
    assert sum(token in told for token in tokens.made) > 30


def test_every_personal_column_is_masked() -> None:
    fields = [(entity, field) for entity in ENTITIES for field in entity.fields]
    findings = tuple(
        Finding(
            number,
            "value.code",
            Severity.ERROR,
            Action.NONE,
            f"{entity.name}.csv",
            2,
            field.name,
            None,
            "Zoé 7",
        )
        for number, (entity, field) in enumerate(fields, 1)
    )
    for (entity, field), seen in zip(fields, masking.masked(Checked(findings)).findings(), strict=True):
        is_about_people = field.sensitivity is not Sensitivity.NONE
        assert (seen.value == "Xxẋ 9") is is_about_people, (entity.name, field.name)


@pytest.mark.parametrize(
    ("value", "seen"),
    [
        ("mia at ecole", "xxx xx xxxxx"),
        ("Zoé.LE-GOFF@ecole.fr", "Xxẋ.XX-XXXX@xxxxx.xx"),
        ("ÉLÉONORE", "ẊXẊXXXXX"),
        ("06 12", "99 99"),
        ("\u00a0mia\t", "\u00a0xxx\t"),
        ("e\u0301va", "x\u0301xx"),
        ("٠٦١", "９９９"),
        ("李", "ẋ"),
        ("mia@@ecole..fr ", "xxx@@xxxxx..xx "),
    ],
)
def test_what_is_wrong_stays_visible(value: str, seen: str) -> None:
    (found,) = masking.masked(Checked((email(1, value, 3),))).findings()
    assert found.value == seen


@pytest.mark.parametrize(
    ("code", "column"),
    [("row.linebreak", "title"), ("row.ragged", None), ("row.quote", None), ("file.encoding", None)],
)
def test_a_piece_of_a_row_that_could_not_be_parsed_may_hold_anything(code: str, column: str | None) -> None:
    finding = Finding(
        1, code, Severity.ERROR, Action.EXCLUDE, "classes.csv", 2, column, ("K1",), "6e A\nU7,Zoé"
    )
    (found,) = masking.masked(Checked((finding,))).findings()
    assert (found.value, found.record) == ("9x X\nX9,Xxẋ", ("K1",))


# Identifiers that say nothing of whom they stand for.
PLAIN = (
    *("P1", "P100001", "U-0042", "ELV00042", "student0042", "Élève-42", "parent.42", "2026-001-00042"),
    *("550e8400-e29b-41d4-a716-446655440000", "507f1f77bcf86cd7abcdef11", "12012345678", "06123456789"),
)


@pytest.mark.parametrize(
    ("value", "seen"),
    [
        *zip(PLAIN, PLAIN, strict=True),
        ("Gertrude Pastoureau", "Xxxxxxxx Xxxxxxxxxx"),
        ("leopold.pastoureau2", "xxxxxxx.xxxxxxxxxx9"),
        ("LeopoldPastoureau1", "XxxxxxxXxxxxxxxxx9"),
        ("lpastoureau2", "xxxxxxxxxxx9"),
        ("l.roy2", "x.xxx9"),
        ("Zoé Roy 3", "Xxẋ Xxx 9"),
        ("李2", "ẋ9"),
        ("0612345671", "9999999999"),
        ("06-12-34-56-71", "99-99-99-99-99"),
        ("2010-03-09", "9999-99-99"),
        ("9/3/2010", "9/9/9999"),
        ("zoe.roy@ecole.fr", "xxx.xxx@xxxxx.xx"),
        ("p-zoe%40ecole.fr", "x-xxx%99xxxxx.xx"),
        ("+33612345678", "+99999999999"),
        ("06 12 34 56 78", "99 99 99 99 99"),
    ],
)
def test_a_key_stays_unless_it_is_a_way_to_reach_somebody(value: str, seen: str) -> None:
    finding = Finding(
        1, "reference.missing", Severity.ERROR, Action.EXCLUDE, "roles.csv", 2, "userSourcedId",
        (value, "S1", "student", ""), value,
    )  # fmt: skip
    check = masking.masked(Checked((finding,)))
    (found,) = check.findings()
    assert (found.value, (found.record or ("",))[0]) == (seen, seen)
    (cause,) = check.causes()
    assert (cause.value, cause.roots[0].finding.value) == (seen, seen)


@pytest.mark.parametrize(
    ("title", "seen"),
    [
        ("6e A, Mme Roux", "6e A, Mme Roux"),
        ("Maths 2026-09-01 10:00", "Maths 2026-09-01 10:00"),
        ("Club (zoe@ecole.fr)", "Club (xxx@xxxxx.xx)"),
        ("Club, tel. 06.12.34.56.78", "Club, tel. 99.99.99.99.99"),
        ("Club 0612345678", "Club 9999999999"),
        ("Club +33 (0)6 12 34 56 78", "Club +99 (9)9 99 99 99 99"),
    ],
)
def test_a_title_stays_but_for_addresses_and_numbers_in_it(title: str, seen: str) -> None:
    finding = Finding(
        1, "class.students", Severity.INFO, Action.NONE, "classes.csv", 2, detail={"title": title}
    )
    (found,) = masking.masked(Checked((finding,))).findings()
    assert found.detail == {"title": seen}


def test_a_detail_that_nobody_has_looked_at_is_masked_and_a_count_is_not() -> None:
    finding = email(1, "x", 3)
    detail = {"novel": "Zoé", "count": "1234", "near": "sourcedID, Zoé", "case": "near"}
    finding = Finding(**{**{name: getattr(finding, name) for name in finding.__slots__}, "detail": detail})
    (found,) = masking.masked(Checked((finding,))).findings()
    assert found.detail == {
        "novel": "Xxẋ",
        "count": "1234",
        "near": "sourcedID, Xxẋ",
        "case": "near",
    }


def test_the_person_who_was_probably_meant_is_not_told_by_name(tmp_path: Path, capsys: Capture) -> None:
    files = {
        **CLEAN,
        "users.csv": CLEAN["users.csv"] + "leopold.pastoureau,leo.past,Leo,\nP100001,zoe.roy,Zoe,\n",
        "roles.csv": CLEAN["roles.csv"] + "leopold-pastoureau,S1,student\nP10000l,S1,student\n",
    }
    report = json_of(["check", str(delivered(tmp_path, files)), "--mask"], capsys)
    missing = [one for one in report["findings"] if one["code"] == "reference.missing"]
    told = [one["hint"].rpartition("Did you mean ")[2] for one in missing]
    assert [hint.partition(" ")[0] for hint in told] == ['"xxxxxxx.xxxxxxxxxx"?', '"P100001"?']


def test_the_closest_school_is_told_and_the_closest_code_of_a_person_is_not() -> None:
    detail = {"closest": "S1", "closest_label": "École du Lac"}
    school = Finding(
        1, "reference.missing", Severity.ERROR, Action.EXCLUDE, "roles.csv", 2, "orgSourcedId", None, "S11",
        detail,
    )  # fmt: skip
    sex = Finding(
        2, "value.code", Severity.WARNING, Action.BLANK, "demographics.csv", 2, "sex", None, "femelle",
        {"list": "sexes", "closest": "female", "closest_en": "Female", "closest_fr": "Féminin"},
    )  # fmt: skip
    first, second = masking.masked(Checked((school, sex))).findings()
    assert first.detail == detail
    assert second.detail == {"list": "sexes"}


@pytest.mark.parametrize(
    ("code", "file", "column", "detail", "seen"),
    [
        (
            "spreadsheet.mojibake",
            "users.csv",
            "familyName",
            {"count": "1234567", "other": "Zoé"},
            {"count": "1234567", "other": "Xxẋ"},
        ),
        (
            "spreadsheet.serial",
            "demographics.csv",
            "birthDate",
            {"count": "3", "day": "2015-03-17"},
            {"count": "3", "day": "9999-99-99"},
        ),
        (
            "spreadsheet.serial",
            "roles.csv",
            "roleStartDate",
            {"count": "3", "day": "2026-09-01"},
            {"count": "3", "day": "2026-09-01"},
        ),
        (
            "spreadsheet.zeros",
            "users.csv",
            "sourcedId",
            {"count": "3", "other": "0612345678"},
            {"count": "3", "other": "0612345678"},
        ),
        (
            "oneroster.code",
            "demographics.csv",
            "sex",
            {"receiver": "OneRoster 1.1", "count": "3", "instead": "female"},
            {"receiver": "OneRoster 1.1", "count": "3", "instead": "xxxxxx"},
        ),
        (
            "oneroster.code",
            "roles.csv",
            "role",
            {"receiver": "OneRoster 1.1", "count": "3", "instead": "aide"},
            {"receiver": "OneRoster 1.1", "count": "3", "instead": "aide"},
        ),
        (
            "shift.school",
            "roles.csv",
            None,
            {
                "school": "Lac, 06 12 34 56 78 (S1)",
                "before": "1234567",
                "delivery": "/home/zoe/old",
                "case": "gone",
            },
            {"school": "Lac, 99 99 99 99 99 (S1)", "before": "1234567", "delivery": "xxx", "case": "gone"},
        ),
        (
            "shift.rows",
            "roles.csv",
            None,
            {"delivery": "12", "finished": "2026-09-01T02:00:05+00:00"},
            {"delivery": "12", "finished": "2026-09-01T02:00:05+00:00"},
        ),
    ],
)
def test_counts_and_receivers_stay_and_what_a_personal_value_was_does_not(
    code: str, file: str, column: str | None, detail: dict[str, str], seen: dict[str, str]
) -> None:
    finding = Finding(1, code, Severity.WARNING, Action.NONE, file, 2, column, None, "S1", detail)
    (found,) = masking.masked(Checked((finding,))).findings()
    assert found.detail == seen


def test_a_comparison_is_about_nobody() -> None:
    finding = Finding(
        1, "shift.role", Severity.WARNING, Action.NONE, "roles.csv", value="teacher",
        detail={"role": "teacher", "before": "30", "now": "3", "delivery": "7"},
    )  # fmt: skip
    check = masking.masked(Checked((finding,)))
    (found,), (cause,) = check.findings(), check.causes()
    assert (found.value, found.detail["role"]) == ("teacher", "teacher")
    assert cause.roots[0].finding.value == "teacher"


def test_a_name_in_place_of_an_identifier_is_masked(tmp_path: Path, capsys: Capture) -> None:
    roles = CLEAN["roles.csv"] + "zoe.roy,S1,student\nP77,S1,student\n"
    report = json_of(["check", str(delivered(tmp_path, {**CLEAN, "roles.csv": roles})), "--mask"], capsys)
    found = [(one["value"], one["record"][0]) for one in report["findings"] if one["file"] == "roles.csv"]
    assert found == [("xxx.xxx", "xxx.xxx"), ("P77", "P77")]
    assert [one["value"] for one in report["causes"]].count("xxx.xxx") == 1


@pytest.mark.parametrize("form", FORMS)
def test_a_name_in_place_of_an_identifier_is_masked_in_every_finding_of_its_row(
    form: str, tmp_path: Path, capsys: Capture
) -> None:
    files = {
        **CLEAN,
        "users.csv": CLEAN["users.csv"] + "Leopold Pastoureau,leo.past,Leo,no address\n",
        "relationships.csv": "userSourcedId,relationshipUserSourcedId,relationshipRole\n"
        "P1,Gertrude Pastoureau,friend of the family\nP1,0612345671,uncle\n",
    }
    printed = reported(delivered(tmp_path, files), capsys, form, "en", "--limit", "100")
    assert "relationships.csv" in printed
    for token in ("gertrude", "pastoureau", "leopold", "0612345671"):
        assert token not in printed.casefold()


@pytest.mark.parametrize(
    ("column", "value", "seen"),
    [
        ("role", "Gertrude Pastoureau", "Xxxxxxxx Xxxxxxxxxx"),
        ("role", "Mme. Roy", "Xxx. Xxx"),
        ("role", "ROY, Zoe", "XXX, Xxx"),
        ("grade", "Zoé Roy", "Xxẋ Xxx"),
        ("isPrimary", "zoé d’Arc", "xxẋ x’Xxx"),
        ("role", "studnet", "studnet"),
        ("role", "Chef d’établissement", "Chef d’établissement"),
        ("role", "conseillere principale d'education", "conseillere principale d'education"),
        ("grade", "Grade 6", "Grade 6"),
        ("isPrimary", "VRAI", "VRAI"),
    ],
)
def test_several_words_in_place_of_a_code_may_be_a_name(column: str, value: str, seen: str) -> None:
    key = ("P1", "S1", value, "")
    finding = Finding(1, "value.code", Severity.ERROR, Action.EXCLUDE, "roles.csv", 2, column, key, value)
    (found,) = masking.masked(Checked((finding,))).findings()
    assert found.value == seen
    assert column != "role" or (found.record or ())[2] == seen


def test_several_words_in_place_of_a_code_of_a_school_are_nobodys_name() -> None:
    finding = Finding(
        1, "value.code", Severity.ERROR, Action.EXCLUDE, "orgs.csv", 2, "type", ("S1",), "Lycée agricole"
    )
    (found,) = masking.masked(Checked((finding,))).findings()
    assert found.value == "Lycée agricole"


def test_names_that_a_format_knows_stay_in_whatever_capitals() -> None:
    findings = (
        Finding(
            1, "header.unknown", Severity.INFO, Action.NONE, "users.csv", 1, "SourcedID", None, "SourcedID"
        ),
        Finding(2, "file.unexpected", Severity.INFO, Action.NONE, "Users.csv"),
        Finding(3, "file.unexpected", Severity.INFO, Action.NONE, "Zoé Roy.CSV"),
    )
    known, file, unknown = masking.masked(Checked(findings)).findings()
    assert (known.column, known.value, file.file, unknown.file) == (
        "SourcedID",
        "SourcedID",
        "Users.csv",
        "Xxẋ Xxx.CSV",
    )


def json_of(arguments: list[str], capsys: Capture) -> Any:
    main([*arguments, "--format", "json"])
    return json.loads(capsys.readouterr().out)


def test_a_report_says_of_itself_that_it_is_masked(tmp_path: Path, capsys: Capture) -> None:
    path = delivered(tmp_path, FAULTY)
    report = json_of(["check", str(path), "--mask"], capsys)
    jsonschema.validate(report, json.loads(report_schema()))
    assert report["masked"] is True
    assert "masked" not in json_of(["check", str(path)], capsys)
    assert "Personal data is masked" in reported(path, capsys, "text", "en")
    assert "Les données personnelles sont masquées" in reported(path, capsys, "text", "fr")
    assert reported(path, capsys, "html", "en").count("Personal data is masked") == 2
    assert "Personal data is masked" in reported(path, capsys, "sarif", "en")
    assert '<property name="masked" value="true"/>' in reported(path, capsys, "junit", "en")


def test_a_masked_report_counts_the_same(tmp_path: Path, capsys: Capture) -> None:
    path = delivered(tmp_path, FAULTY)
    masked, whole = (json_of(["check", str(path), *mask], capsys) for mask in (["--mask"], []))
    assert masked["summary"] == whole["summary"]
    for kind in ("findings", "causes"):
        told, seen = ([(one["code"], one["number"]) for one in report[kind]] for report in (whole, masked))
        assert told == seen


@pytest.fixture
def roster(tmp_path: Path) -> list[str]:
    return ["--database", str(tmp_path / "roster.db"), "--mask"]


def test_changes_are_masked_in_plan_and_sync_and_in_the_run_that_is_kept(
    tmp_path: Path, capsys: Capture, roster: list[str]
) -> None:
    path = delivered(tmp_path / "Zoe Roy", CLEAN)
    main(["sync", str(path), *roster])
    delivered(path, {"users.csv": CLEAN["users.csv"].replace("Anne", "Hedwige").replace("leo@", "xavier@")})
    printed = ""
    for command in (["plan", str(path)], ["sync", str(path)], ["runs", "show", "2"], ["runs"]):
        for form in ("text", "json", "csv"):
            main([*command, *roster, "--format", form])
            printed += capsys.readouterr().out
    assert "Xxxxxxx" in printed
    for token in ("anne", "hedwige", "leo", "xavier", "zoe", "roy", "ecole.fr", "roux", "petit"):
        assert token not in printed.casefold()


@pytest.mark.parametrize("form", ["json", "sarif", "junit"])
def test_a_failure_does_not_name_the_folder(form: str, tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "zoe roy").mkdir()
    path = tmp_path / "zoe roy" / "zoe.txt"
    path.write_text("no delivery")
    assert main(["check", str(path), "--mask", "--format", form]) == 2
    printed = capsys.readouterr().out
    assert "xxx.txt" in printed
    assert "zoe" not in printed

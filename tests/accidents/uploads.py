"""A dozen uploads as they really go wrong: a small town's two schools, and what happened to their export."""

import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

Files = dict[str, str]
Accident = Callable[[Path], None]

_PUPILS = (
    *("Zoé Martin", "Léo Petit", "Inès Moreau", "Hugo Laurent", "Jade Simon", "Noé Michel"),
    *("Lina Garcia", "Adam Leroy", "Anaïs Roux", "Théo Fournier", "Eva Girard", "Nils Bonnet"),
)
_TEACHERS = ("Anne Dupuis", "Marc Faure", "Élodie Blanc")
_CLASSES = ("Maths 6e A", "Français 6e A", "Maths 6e B", "Histoire 5e A")


def town() -> Files:
    """The export as it should be: schools 010 and 020 of one city, twelve pupils, four classes."""
    users = ["sourcedId,username,givenName,familyName,email"]
    roles = ["userSourcedId,orgSourcedId,role,sessionSourcedId,grade,isPrimary,roleStartDate"]
    enrollments = ["classSourcedId,userSourcedId,role"]
    for n, name in enumerate((*_PUPILS, *_TEACHERS)):
        given, family = name.split()
        person, school, role = f"{n + 1:04}", "010" if n % 4 < 2 else "020", "student"
        login = f"eleve{n + 1}"
        if n >= len(_PUPILS):
            person, role, login = f"{n + 89:04}", "teacher", f"prof{n - 11}"
        users.append(f"{person},{login},{given},{family},{login}@ville.example")
        grade = "06" if role == "student" else ""
        roles.append(f"{person},{school},{role},A2027,{grade},true,2026-09-01")
        taken = (place + 1 for place in range(len(_CLASSES)) if (n + place) % 3 == 0)
        enrollments.extend(f"C-{place},{person},{role}" for place in taken)
    classes = [
        f"C-{n + 1},{'010' if n < 2 else '020'},{title},A2027,M{n % 2 + 1}"
        for n, title in enumerate(_CLASSES)
    ]
    sessions = [
        "sourcedId,title,type,schoolYear,startDate,endDate",
        "A2027,Année 2026-2027,schoolYear,2027,2026-09-01,2027-07-04",
    ]
    tables = {
        "orgs.csv": [
            "sourcedId,name,type,parentSourcedId",
            "001,Ville de Mont-Clair,district,",
            "010,Collège du Lac,school,001",
            "020,Collège des Tilleuls,school,001",
        ],
        "users.csv": users,
        "roles.csv": roles,
        "classes.csv": ["sourcedId,orgSourcedId,title,sessionSourcedIds,courseSourcedId", *classes],
        "enrollments.csv": enrollments,
        "academicSessions.csv": sessions,
        "courses.csv": [
            "sourcedId,orgSourcedId,title,code,schoolYearSourcedId",
            "M1,001,Mathématiques,MATH,A2027",
            "M2,001,Lettres et histoire,LETT,A2027",
        ],
    }
    return {name: "\n".join(lines) + "\n" for name, lines in tables.items()}


def _put(directory: Path, files: Mapping[str, str | bytes]) -> None:
    for name, content in files.items():
        data = content if isinstance(content, bytes) else content.encode()
        (directory / name).write_bytes(data)


def _with(**changed: Callable[[str], str | bytes]) -> Accident:
    """The town with some files changed, by name without `.csv`."""

    def write(directory: Path) -> None:
        files: dict[str, str | bytes] = {**town()}
        for stem, change in changed.items():
            files[f"{stem}.csv"] = change(town()[f"{stem}.csv"])
        _put(directory, files)

    return write


def _lost_zeros(text: str) -> str:
    head, *rows = text.splitlines()
    return "\n".join([head, *(row.lstrip("0") for row in rows)]) + "\n"


def _excel_roles(text: str) -> str:
    text = text.replace("2026-09-01", "01/09/2026").replace(",true,", ",VRAI,")
    return text.replace("01/09/2026", "15/09/2026", 1)


def _exchanged(text: str) -> str:
    head, *rows = text.splitlines()
    return "\n".join([head, *(",".join((b, a, c)) for a, b, c in (row.split(",") for row in rows))]) + "\n"


def _without_enrollments(directory: Path) -> None:
    files = town()
    del files["enrollments.csv"]
    _put(directory, files)


def _nested_zip(directory: Path) -> None:
    with zipfile.ZipFile(directory / "export.zip", "w") as archive:
        for name, text in town().items():
            archive.writestr(f"export rentrée/{name}", text)


def _other_standard(directory: Path) -> None:
    _put(
        directory,
        {
            "School.csv": "SIS ID,Name\n",
            "Section.csv": "SIS ID,School SIS ID,Section Name\n",
            "Student.csv": "SIS ID,School SIS ID,Username\n",
            "Teacher.csv": "SIS ID,School SIS ID,Username\n",
        },
    )


def _changes_taken_for_all(directory: Path) -> None:
    """OneRoster's nightly changes, which the manifest says are everything."""
    day = "2026-09-07T05:00:00.000Z"
    _put(
        directory,
        {
            "manifest.csv": "propertyName,value\nmanifest.version,1.0\noneroster.version,1.1\n"
            "file.users,bulk\nfile.enrollments,delta\n",
            "users.csv": "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,"
            "givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password\n"
            f"P1,active,{day},true,S1,student,leo.petit,,Léo,Petit,,,,,,,06,\n"
            f"P2,tobedeleted,{day},true,S1,student,mia.roy,,Mia,Roy,,,,,,,06,\n",
        },
    )


def _exported_twice(text: str) -> str:
    return text + text


ACCIDENTS: dict[str, Accident] = {
    # French Excel's own CSV: semicolons, Windows-1252.
    "excel-export": _with(
        users=lambda text: text.replace(",", ";").encode("cp1252"), orgs=lambda text: text.replace(",", ";")
    ),
    # Opened in a spreadsheet "just to look", and saved.
    "excel-round-trip": _with(users=_lost_zeros, roles=_excel_roles),
    # The new school was created in the SIS without its name.
    "school-without-name": _with(orgs=lambda text: text.replace("Collège des Tilleuls", "")),
    # The class export was made before the year was switched over.
    "last-years-classes": _with(classes=lambda text: text.replace("A2027", "A2026").replace(",M2", ",M9")),
    # The disk was full, or the transfer was cut.
    "cut-transfer": _with(enrollments=lambda text: text[: len(text) * 2 // 3 - 6]),
    # One half of a pair.
    "half-a-pair": _without_enrollments,
    # Headers taken from the translated documentation.
    "translated-headers": _with(
        orgs=lambda text: text.replace("name", "nom", 1),
        users=lambda text: text.replace("givenName,familyName", "prenom,FamilyName", 1),
    ),
    # Roles in the words of the school instead of the standard's.
    "french-roles": _with(
        roles=lambda text: text.replace(",student,", ",Élève,").replace(",teacher,", ",Enseignant,"),
        enrollments=lambda text: text.replace("teacher", "teaher"),
    ),
    # The export job ran twice into the same file.
    "exported-twice": _with(users=_exported_twice),
    # UTF-8 read as Windows-1252 and written as UTF-8 again; a no-break space in an identifier.
    "mangled-accents": _with(
        users=lambda text: text.encode().decode("cp1252").replace("eleve3,", "eleve\u00a03,"),
    ),
    # Two columns changed places in the query that makes the file.
    "exchanged-columns": _with(enrollments=_exchanged),
    # The transfer of the users was cut; everything else refers to those behind.
    "cut-users": _with(users=lambda text: text[: len(text) // 2]),
    # A class typed with a Cyrillic letter, and one in small letters.
    "twin-letters": _with(
        classes=lambda text: text.replace("C-1,", "\u0421-1,").replace("C-3,", "c-3,"),
    ),
    # A formula that looks identifiers up and finds none; a class taken for a day of January.
    "error-cells": _with(
        users=lambda text: text.replace("0003,", "#N/A,").replace("0007,", "#N/A,"),
        classes=lambda text: text.replace("C-1,", "6-janv,").replace("C-2,", "6-2,"),
        enrollments=lambda text: text.replace("C-1,", "6-1,").replace("C-2,", "6-2,"),
    ),
    # Titles with commas and inches, written by hand.
    "bare-quotes": _with(
        classes=lambda text: text.replace("Maths 6e B", 'Maths 6e "B"').replace(
            "Histoire 5e A", "Histoire, 5e A"
        )
    ),
    # The files lie in a folder inside the zip.
    "folder-in-zip": _nested_zip,
    # The right export for the wrong standard.
    "other-standard": _other_standard,
    # OneRoster, nightly changes: the manifest says that they are everything, and names a file that was lost.
    "changes-for-all": _changes_taken_for_all,
    # An O for a zero, a wrong letter.
    "typing-mistakes": _with(
        roles=lambda text: text.replace(",010,", ",O10,", 1).replace("A2027", "A2O27", 2),
        enrollments=lambda text: text.replace("C-1", "c-1", 1).replace("C-2,", "C2,", 1),
        users=lambda text: text.replace("eleve5@ville.example", "eleve5 ville.example"),
    ),
}

"""The kinds of schools that a synthetic district has, with what is taught in each."""

from dataclasses import dataclass
from enum import StrEnum


class Calendar(StrEnum):
    """Which sessions a class runs in: the three terms, the two semesters, or the first semester."""

    TERMS = "terms"
    SEMESTERS = "semesters"
    AUTUMN = "autumn"


@dataclass(frozen=True, slots=True)
class Lesson:
    """One subject of a school kind.

    Args:
        title: what the class is called, without its group.
        mark: short form, for codes of courses and classes.
        subject: code in the list of subjects.
        calendar: the sessions of its classes.
        options: titles that the pupils of a grade choose from, across its divisions; a lesson
            without options is taught to each division as a whole.
    """

    title: str
    mark: str
    subject: str
    calendar: Calendar
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SchoolKind:
    """One kind of school.

    Args:
        prefix, suffix: what stands before and after its own name.
        french: language of the school.
        size: usual number of pupils.
        division: most pupils in one division.
        grades: codes of the grades, youngest first, each with what the school calls it.
        homeroom: whether one teacher has a division for most of its lessons.
        lessons: what each division is taught.
        staff: organisation roles beside the teachers, each once.
    """

    prefix: str
    suffix: str
    french: bool
    size: int
    division: int
    grades: tuple[tuple[str, str], ...]
    homeroom: bool
    lessons: tuple[Lesson, ...]
    staff: tuple[str, ...]


_T, _S, _A = Calendar.TERMS, Calendar.SEMESTERS, Calendar.AUTUMN

ECOLE = SchoolKind(
    prefix="École ",
    suffix="",
    french=True,
    size=240,
    division=26,
    grades=(("kg", "GS"), ("01", "CP"), ("02", "CE1"), ("03", "CE2"), ("04", "CM1"), ("05", "CM2")),
    homeroom=True,
    lessons=(
        Lesson("Classe", "CLA", "23", _T),
        Lesson("Français", "FRA", "24", _T),
        Lesson("Éducation physique", "EPS", "08", _T),
        Lesson("Musique et chant", "MUS", "05", _T),
    ),
    staff=("principal", "officeStaff", "specialServices"),
)

PRIMARY = SchoolKind(
    prefix="",
    suffix=" Primary School",
    french=False,
    size=260,
    division=28,
    grades=tuple((f"{grade:02d}", f"Year {grade + 1}") for grade in range(1, 6)),
    homeroom=True,
    lessons=(
        Lesson("Homeroom", "HOM", "23", _T),
        Lesson("English", "ENG", "01", _T),
        Lesson("Physical education", "PED", "08", _T),
        Lesson("Music and art", "ART", "05", _T),
    ),
    staff=("principal", "officeStaff", "nurse"),
)

COLLEGE = SchoolKind(
    prefix="Collège ",
    suffix="",
    french=True,
    size=480,
    division=27,
    grades=(("06", "6e"), ("07", "5e"), ("08", "4e"), ("09", "3e")),
    homeroom=False,
    lessons=(
        Lesson("Français", "FRA", "24", _T),
        Lesson("Mathématiques", "MAT", "02", _T),
        Lesson("Histoire-géographie", "HIG", "04", _T),
        Lesson("Anglais LV1", "ANG", "01", _T),
        Lesson("LV2", "LV2", "24", _T, ("Espagnol LV2", "Allemand LV2", "Arabe LV2")),
        Lesson("SVT", "SVT", "03", _T),
        Lesson("EPS", "EPS", "08", _T),
        Lesson("Arts et technologie", "ART", "05", _A),
    ),
    staff=("principal", "administrator", "officeStaff", "nurse", "advisor", "proctor", "itAdmin"),
)

LYCEE = SchoolKind(
    prefix="Lycée ",
    suffix="",
    french=True,
    size=720,
    division=33,
    grades=(("10", "2de"), ("11", "1re"), ("12", "Tle")),
    homeroom=False,
    lessons=(
        Lesson("Français et philosophie", "FPH", "24", _S),
        Lesson("Mathématiques", "MAT", "02", _S),
        Lesson("Histoire-géographie", "HIG", "04", _S),
        Lesson("Anglais", "ANG", "01", _S),
        Lesson("Spécialité", "SPE", "03", _S, ("Physique-chimie", "SVT", "SES", "Arts")),
        Lesson("LV2", "LV2", "24", _S, ("Espagnol", "Allemand", "Italien")),
        Lesson("EPS", "EPS", "08", _S),
        Lesson("EMC", "EMC", "04", _A),
    ),
    staff=("principal", "administrator", "officeStaff", "nurse", "advisor", "proctor", "itAdmin", "coach"),
)

HIGH = SchoolKind(
    prefix="",
    suffix=" High School",
    french=False,
    size=640,
    division=30,
    grades=tuple((f"{grade:02d}", f"Year {grade + 1}") for grade in range(6, 13)),
    homeroom=False,
    lessons=(
        Lesson("English", "ENG", "01", _S),
        Lesson("Mathematics", "MAT", "02", _S),
        Lesson("Science", "SCI", "03", _S),
        Lesson("History and geography", "HIS", "04", _S),
        Lesson("Language", "LAN", "24", _S, ("French", "Spanish", "Mandarin")),
        Lesson("Computing", "CMP", "10", _A),
        Lesson("Design and technology", "DTE", "21", _S),
        Lesson("Physical education", "PED", "08", _S),
        Lesson("Drama, music and art", "ART", "05", _S),
    ),
    staff=("principal", "officeStaff", "nurse", "advisor", "itAdmin", "coach"),
)

# Schools that share families, in this order; the first two already are one of each language.
CATCHMENT: tuple[SchoolKind, ...] = (ECOLE, HIGH, COLLEGE, PRIMARY, LYCEE, ECOLE)

# Staff of a district's own office.
OFFICE_ROLES: tuple[str, ...] = ("administrator", "itAdmin", "officeStaff")

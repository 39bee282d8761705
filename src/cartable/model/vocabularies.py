"""The code lists of the roster: each code with its labels, sort order, role group and aliases."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from cartable.model.states import STATES


class RoleGroup(StrEnum):
    """The two groups of people that identity rules, licences and security groups hang on."""

    STAFF = "staff"
    STUDENTS = "students"


@dataclass(frozen=True, slots=True)
class Code:
    """One entry of a code list.

    Args:
        value: the list's own spelling, which is what the roster stores.
        en: English label.
        fr: French label.
        sort: position in the list, where the source gives one; lower comes first.
        group: role group, of organisation roles only.
        aliases: other spellings that stand for this code (grade `1` for `01`, long subject codes).
    """

    value: str
    en: str
    fr: str
    sort: int | None = None
    group: RoleGroup | None = None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A code list.

    Args:
        name: stable name, the one used in `--codes` files.
        en, fr: what its codes are, in the plural.
        codes: the entries.
        extensible: whether an organisation may add codes of its own.
        prefix: what any other code begins with that the list takes; empty where it takes none.
        source: document and section.
    """

    name: str
    en: str
    fr: str
    codes: tuple[Code, ...]
    extensible: bool
    source: str
    prefix: str = ""
    spellings: Mapping[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(
            self,
            "spellings",
            {known.lower(): code.value for code in self.codes for known in (code.value, *code.aliases)},
        )

    def extended(self, codes: Iterable[Code]) -> "Vocabulary":
        """The same list with an organisation's own codes after its own."""
        return replace(self, codes=(*self.codes, *codes))


_LISTS = "Microsoft, School Data Sync, Default list of values"
_GRAPH = "Microsoft Graph (beta), industryData referenceDefinition"
_STAFF, _STUDENTS = RoleGroup.STAFF, RoleGroup.STUDENTS

ORG_TYPES = Vocabulary(
    "orgTypes",
    "types of organisations",
    "types d’organisation",
    (
        Code("department", "Department", "Département", 10),
        Code("school", "School", "Établissement scolaire", 20),
        Code("district", "District", "Circonscription", 30),
        Code("local", "Local", "Échelon local", 40),
        Code("state", "State", "État", 50),
        Code("national", "National", "Échelon national", 60),
        Code("departmentOfEducation", "Department of education", "Direction de l’éducation", 70),
        Code("ministryOfEducation", "Ministry of education", "Ministère de l’Éducation", 80),
        Code("university", "University", "Université", 90),
        Code("college", "College", "Faculté ou institut", 100),
        Code("campus", "Campus", "Campus", 110),
        Code("adultEducation", "Adult education", "Formation des adultes", 120),
        Code("municipality", "Municipality", "Commune", 130),
        Code("academicTrust", "Academy trust", "Groupement d’établissements", 140),
        Code("localAuthority", "Local authority", "Collectivité territoriale", 150),
        Code("region", "Region", "Région académique", 160),
        Code("division", "Division", "Division", 170),
        Code("province", "Province", "Province", 180),
        Code("researchCenter", "Research centre", "Centre de recherche", 190),
        Code("program", "Programme", "Dispositif", 200),
    ),
    extensible=True,
    source=f"{_LISTS}, Organization type",
)

ORG_ROLES = Vocabulary(
    "orgRoles",
    "roles in organisations",
    "rôles dans une organisation",
    (
        Code("principal", "Principal", "Chef d’établissement", 10, _STAFF),
        Code("chair", "Chair", "Responsable de département", 20, _STAFF),
        Code("professor", "Professor", "Professeur des universités", 30, _STAFF),
        Code("researcher", "Researcher", "Chercheur", 40, _STAFF),
        Code("adjunct", "Adjunct", "Vacataire", 50, _STAFF),
        Code("affiliate", "Affiliate", "Intervenant extérieur", 60, _STAFF),
        Code("occupationalTherapist", "Occupational therapist", "Ergothérapeute", 70, _STAFF),
        Code("physicalTherapist", "Physical therapist", "Kinésithérapeute", 80, _STAFF),
        Code("speechTherapist", "Speech therapist", "Orthophoniste", 90, _STAFF),
        Code("visionTherapist", "Vision therapist", "Orthoptiste", 100, _STAFF),
        Code("paraprofessional", "Paraprofessional", "Accompagnant d’élèves (AESH)", 110, _STAFF),
        Code("specialServices", "Special services", "Enseignement spécialisé", 120, _STAFF),
        Code("advisor", "Advisor", "Conseiller principal d’éducation", 130, _STAFF),
        Code("proctor", "Proctor", "Surveillant", 140, _STAFF),
        Code("nurse", "Nurse", "Infirmier scolaire", 150, _STAFF),
        Code("officeStaff", "Office staff", "Secrétariat", 160, _STAFF),
        Code("lecturer", "Lecturer", "Maître de conférences", 170, _STAFF),
        Code("itAdmin", "IT administrator", "Administrateur informatique", 180, _STAFF),
        Code("administrator", "Administrator", "Personnel de direction", 190, _STAFF),
        Code("teacher", "Teacher", "Enseignant", 200, _STAFF),
        Code("faculty", "Faculty", "Corps enseignant", 210, _STAFF),
        Code("staff", "Staff", "Personnel", 220, _STAFF),
        Code("teacherAssistant", "Teaching assistant", "Assistant d’enseignement", 230, _STAFF),
        Code("assistant", "Assistant", "Assistant d’éducation", 240, _STAFF),
        Code("instructor", "Instructor", "Formateur", 250, _STAFF),
        Code("substitute", "Substitute", "Remplaçant", 260, _STAFF),
        Code("coach", "Coach", "Entraîneur", 270, _STAFF),
        Code("alumni", "Alumni", "Ancien élève", 280, _STAFF),
        Code("student", "Student", "Élève", None, _STUDENTS),
        Code("other", "Other", "Autre"),
    ),
    extensible=False,
    source=f"{_LISTS}, Organization user role",
)

# Grade 14 pushed all that follows by ten places: Graph's own example has undergraduate at 270.
GRADES = Vocabulary(
    "grades",
    "grades",
    "niveaux",
    (
        Code("it", "Infant or toddler", "Crèche", 10),
        Code("pr", "Preschool", "Toute petite section", 20),
        Code("pk", "Prekindergarten", "Petite section", 30),
        Code("tk", "Transitional kindergarten", "Moyenne section", 40),
        Code("kg", "Kindergarten", "Grande section", 50),
        Code("01", "Grade 1", "CP", 60, aliases=("1",)),
        Code("02", "Grade 2", "CE1", 70, aliases=("2",)),
        Code("03", "Grade 3", "CE2", 80, aliases=("3",)),
        Code("04", "Grade 4", "CM1", 90, aliases=("4",)),
        Code("05", "Grade 5", "CM2", 100, aliases=("5",)),
        Code("06", "Grade 6", "Sixième", 110, aliases=("6",)),
        Code("07", "Grade 7", "Cinquième", 120, aliases=("7",)),
        Code("08", "Grade 8", "Quatrième", 130, aliases=("8",)),
        Code("09", "Grade 9", "Troisième", 140, aliases=("9",)),
        Code("10", "Grade 10", "Seconde", 150),
        Code("11", "Grade 11", "Première", 160),
        Code("12", "Grade 12", "Terminale", 170),
        Code("13", "Grade 13", "Treizième année", 180),
        Code("14", "Grade 14", "Quatorzième année", 190),
        Code("ps", "Postsecondary", "Enseignement supérieur", 200),
        Code("ug", "Ungraded", "Sans niveau", 210),
        Code("other", "Other", "Autre", 220),
        Code("ps1", "Postsecondary, year 1", "Supérieur, 1re année", 230),
        Code("ps2", "Postsecondary, year 2", "Supérieur, 2e année", 240),
        Code("ps3", "Postsecondary, year 3", "Supérieur, 3e année", 250),
        Code("ps4", "Postsecondary, year 4", "Supérieur, 4e année", 260),
        Code("undergraduate", "Undergraduate", "Licence", 270),
        Code("graduate", "Graduate", "Master", 280),
        Code("postgraduate", "Postgraduate", "Doctorat", 290),
        Code("alumni", "Alumni", "Ancien élève", 300),
        Code("adultEducation", "Adult education", "Formation des adultes", 310),
    ),
    extensible=True,
    source=f"{_LISTS}, Grade level; {_GRAPH}, RefGradeLevel",
)

SESSION_TYPES = Vocabulary(
    "sessionTypes",
    "types of sessions",
    "types de session",
    (
        Code("schoolYear", "School year", "Année scolaire"),
        Code("semester", "Semester", "Semestre"),
        Code("term", "Term", "Trimestre"),
        Code("gradingPeriod", "Grading period", "Période d’évaluation"),
        Code("quarter", "Quarter", "Quart d’année"),
    ),
    extensible=False,
    source=f"{_LISTS}, Academic session type",
)

SCHOOL_YEARS = Vocabulary(
    "schoolYears",
    "school years",
    "années scolaires",
    tuple(Code(str(end), f"{end - 1}-{end}", f"{end - 1}-{end}", end) for end in range(2021, 2032)),
    extensible=False,
    source=f"{_LISTS}, School year; Academic year handling (the year in which it ends)",
)

ENROLLMENT_ROLES = Vocabulary(
    "enrollmentRoles",
    "roles in classes",
    "rôles dans une classe",
    (
        Code("student", "Student", "Élève"),
        Code("teacher", "Teacher", "Enseignant"),
        Code("teacherAssistant", "Teaching assistant", "Assistant d’enseignement"),
        Code("substitute", "Substitute", "Remplaçant"),
        # Copies of the list spell it `aid`, Graph's own collections `aide`.
        Code("aide", "Aide", "Aide", aliases=("aid",)),
        Code("administrator", "Administrator", "Personnel de direction"),
        Code("adjunct", "Adjunct", "Vacataire"),
        Code("advisor", "Advisor", "Conseiller principal d’éducation"),
        Code("affiliate", "Affiliate", "Intervenant extérieur"),
        Code("alumni", "Alumni", "Ancien élève"),
        Code("assistant", "Assistant", "Assistant d’éducation"),
        Code("chair", "Chair", "Responsable de département"),
        Code("coach", "Coach", "Entraîneur"),
        Code("instructor", "Instructor", "Formateur"),
        Code("itAdmin", "IT administrator", "Administrateur informatique"),
        Code("lecturer", "Lecturer", "Maître de conférences"),
        Code("occupationalTherapist", "Occupational therapist", "Ergothérapeute"),
        Code("officeStaff", "Office staff", "Secrétariat"),
        Code("paraprofessional", "Paraprofessional", "Accompagnant d’élèves (AESH)"),
        Code("physicalTherapist", "Physical therapist", "Kinésithérapeute"),
        Code("principal", "Principal", "Chef d’établissement"),
        Code("proctor", "Proctor", "Surveillant"),
        Code("professor", "Professor", "Professeur des universités"),
        Code("specialServices", "Special services", "Enseignement spécialisé"),
        Code("speechTherapist", "Speech therapist", "Orthophoniste"),
        Code("staff", "Staff", "Personnel"),
        Code("visionTherapist", "Vision therapist", "Orthoptiste"),
    ),
    extensible=False,
    source=f"{_LISTS}, Enrollment user role",
)

# Who owns a class's group when it is provisioned, by default; everybody else is a member. The mapping
# can be edited for each tenant.
# Source: Microsoft, EDU Graph Postman collection, industryData, default class group mapping.
GROUP_OWNER_ROLES: frozenset[str] = frozenset(
    {
        "teacher",
        "proctor",
        "teacherAssistant",
        "paraprofessional",
        "physicalTherapist",
        "speechTherapist",
        "visionTherapist",
        "occupationalTherapist",
        "staff",
    }
)

# The four roles that teach in higher education are members by default, and count as owners beside
# the others: Microsoft's own sample has a class whose only teacher is a professor.
LECTURING_ROLES: frozenset[str] = frozenset({"professor", "adjunct", "lecturer", "instructor"})
OWNER_ROLES: frozenset[str] = GROUP_OWNER_ROLES | LECTURING_ROLES

RELATIONSHIP_ROLES = Vocabulary(
    "relationshipRoles",
    "relationships to pupils",
    "liens avec un élève",
    (
        Code("parent", "Parent", "Parent"),
        Code("guardian", "Guardian", "Responsable légal"),
        Code("relative", "Relative", "Proche de la famille"),
        Code("aide", "Aide", "Aide à domicile"),
        Code("doctor", "Doctor", "Médecin"),
        Code("other", "Other", "Autre"),
    ),
    extensible=False,
    source=f"{_LISTS}, Contact relationship role",
)

# Each subject has a short and a long code, and both are accepted. The list prints 51999 for
# subject 03 where the system of the codes (SCED) says 53999.
SUBJECTS = Vocabulary(
    "subjects",
    "subjects",
    "matières",
    (
        Code("01", "English language and literature", "Anglais, langue et littérature", 1, None, ("51037",)),
        Code("02", "Mathematics", "Mathématiques", 2, None, ("52039",)),
        Code("03", "Life and physical sciences", "SVT et physique-chimie", 3, None, ("51999", "53999")),
        Code("04", "Social sciences and history", "Histoire-géographie et SES", 4, None, ("54999",)),
        Code("05", "Visual and performing arts", "Arts plastiques et arts du spectacle", 5, None, ("55199",)),
        Code("07", "Religious education and theology", "Enseignement religieux", 7, None, ("57999",)),
        Code("08", "Physical, health and safety education", "EPS, santé et sécurité", 8, None, ("58999",)),
        Code("09", "Military science", "Sciences militaires", 9, None, ("09999",)),
        Code("10", "Information technology", "Numérique et informatique", 10, None, ("10999",)),
        Code("11", "Communication and A/V technology", "Communication et audiovisuel", 11, None, ("11999",)),
        Code("12", "Business and marketing", "Gestion et commerce", 12, None, ("62999",)),
        Code("13", "Manufacturing", "Production industrielle", 13, None, ("13999",)),
        Code("14", "Health care sciences", "Santé et soins", 14, None, ("14999",)),
        Code("15", "Public, protective and government service", "Services publics", 15, None, ("65999",)),
        Code("16", "Hospitality and tourism", "Hôtellerie, restauration et tourisme", 16, None, ("66999",)),
        Code("17", "Architecture and construction", "Bâtiment et architecture", 17, None, ("67997",)),
        Code("18", "Agriculture, food and natural resources", "Agriculture", 18, None, ("68999",)),
        Code("19", "Human services", "Services à la personne", 19, None, ("69001",)),
        Code("20", "Transportation and logistics", "Transport et logistique", 20, None, ("70999",)),
        Code("21", "Engineering and technology", "Sciences de l’ingénieur", 21, None, ("71999",)),
        Code("22", "Miscellaneous", "Divers", 22, None, ("22999",)),
        Code("23", "Non-subject-specific", "Hors discipline", 23, None, ("72999",)),
        Code("24", "World language", "Langues vivantes", 24, None, ("24039",)),
    ),
    extensible=True,
    source=f"{_LISTS}, Academic subject",
)

SEXES = Vocabulary(
    "sexes",
    "sexes",
    "sexes",
    (
        Code("male", "Male", "Masculin"),
        Code("female", "Female", "Féminin"),
        Code("notSelected", "Not selected", "Non renseigné"),
    ),
    extensible=False,
    source=f"{_LISTS}, Demographic sex",
)

ETHNICITIES = Vocabulary(
    "ethnicities",
    "ethnic origins",
    "origines ethniques",
    (Code("hispanicOrLatinoEthnicity", "Hispanic or Latino", "Hispanique ou latino"),),
    extensible=True,
    source=f"{_LISTS}, Demographic ethnicity",
)

# The aliases are the spellings of earlier editions of the list.
RACES = Vocabulary(
    "races",
    "racial origins",
    "origines raciales",
    (
        Code(
            "americanIndianOrAlaskaNative",
            "American Indian or Alaska Native",
            "Amérindien ou autochtone d’Alaska",
            aliases=("americanIndianAlaskaNative",),
        ),
        Code("asian", "Asian", "Asiatique"),
        Code(
            "blackOrAfricanAmerican",
            "Black or African American",
            "Noir ou afro-américain",
            aliases=("blackAfricanAmerican",),
        ),
        Code(
            "nativeHawaiianOrOtherPacificIslander",
            "Native Hawaiian or other Pacific Islander",
            "Hawaïen ou autre insulaire du Pacifique",
            aliases=("nativeHawaiianPacificIslander",),
        ),
        Code("white", "White", "Blanc"),
        Code(
            "demographicRaceTwoOrMoreRaces",
            "Two or more races",
            "Deux origines ou plus",
            aliases=("twoOrMoreRaces",),
        ),
    ),
    extensible=True,
    source=f"{_LISTS}, Demographic race",
)

USER_FLAGS = Vocabulary(
    "userFlags",
    "user flags",
    "indicateurs de personne",
    (
        Code("freeLunch", "Free lunch", "Cantine gratuite"),
        Code("reducedLunch", "Reduced-price lunch", "Cantine à tarif réduit"),
        Code("homeless", "Homeless", "Sans domicile stable"),
        Code("giftedOrTalented", "Gifted or talented", "Haut potentiel", aliases=("giftOrTalented",)),
        Code("504", "Section 504 plan", "Plan d’accompagnement personnalisé (PAP)"),
        Code("ell", "English language learner", "Allophone en apprentissage de la langue"),
        Code("lep", "Limited English proficiency", "Maîtrise limitée de la langue"),
        Code("iep", "Individualised education programme", "Projet personnalisé de scolarisation (PPS)"),
    ),
    extensible=True,
    source=f"{_LISTS}, Person flag",
)

BIRTH_STATES = Vocabulary(
    "birthStates",
    "states of birth",
    "États de naissance",
    tuple(Code(*state) for state in STATES),
    extensible=False,
    source=f"{_LISTS}, Demographic birth state",
)

VOCABULARIES: Mapping[str, Vocabulary] = {
    vocabulary.name: vocabulary
    for vocabulary in (
        ORG_TYPES,
        ORG_ROLES,
        GRADES,
        SESSION_TYPES,
        SCHOOL_YEARS,
        ENROLLMENT_ROLES,
        RELATIONSHIP_ROLES,
        SUBJECTS,
        SEXES,
        ETHNICITIES,
        RACES,
        BIRTH_STATES,
        USER_FLAGS,
    )
}
"""Every code list by its name."""

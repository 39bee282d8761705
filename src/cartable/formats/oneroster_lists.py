"""OneRoster's code lists. Source: 1EdTech, OneRoster CSV binding 1.1 and 1.2, section "enumerations"."""

from collections.abc import Mapping
from dataclasses import replace

from cartable.model import vocabularies
from cartable.model.vocabularies import Code, Vocabulary

_V1P1 = "1EdTech, OneRoster 1.1: CSV Tables, enumerations"
_V1P2 = "1EdTech, OneRoster 1.2: CSV Binding, enumerations"


def _picked(source: Vocabulary, *values: str) -> tuple[Code, ...]:
    """Codes that a list of the roster holds, too; KeyError where it does not."""
    known = {code.value: code for code in source.codes}
    return tuple(known[value] for value in values)


def _closed(name: str, en: str, fr: str, codes: tuple[Code, ...]) -> Vocabulary:
    return Vocabulary(name, en, fr, codes, extensible=False, source=_V1P1)


def _open(closed: Vocabulary, *more: Code) -> Vocabulary:
    """The list of version 1.2, to which anybody may add what begins with `ext:`."""
    return replace(closed, codes=(*closed.codes, *more), source=_V1P2, prefix="ext:")


STATUSES = _closed(
    "StatusType",
    "statuses of records",
    "états d’enregistrement",
    (
        Code("active", "Active", "Actif"),
        # Version 1.0 had `inactive`, which is to be read so.
        Code("tobedeleted", "To be deleted", "À supprimer", aliases=("inactive",)),
    ),
)

ORG_TYPES_1_1 = _closed(
    "OrgType",
    vocabularies.ORG_TYPES.en,
    vocabularies.ORG_TYPES.fr,
    _picked(vocabularies.ORG_TYPES, "department", "school", "district", "local", "state", "national"),
)
ORG_TYPES_1_2 = _open(ORG_TYPES_1_1)

SESSION_TYPES_1_1 = _closed(
    "SessionType",
    vocabularies.SESSION_TYPES.en,
    vocabularies.SESSION_TYPES.fr,
    _picked(vocabularies.SESSION_TYPES, "gradingPeriod", "semester", "schoolYear", "term"),
)
SESSION_TYPES_1_2 = _open(SESSION_TYPES_1_1)

_ADMINISTRATOR = Code("administrator", "Administrator", "Personnel de direction")
_SHARED_ROLES = (
    Code("aide", "Aide", "Accompagnant"),
    Code("guardian", "Guardian", "Responsable légal"),
    Code("parent", "Parent", "Parent"),
    Code("proctor", "Proctor", "Surveillant"),
    Code("relative", "Relative", "Membre de la famille"),
    Code("student", "Student", "Élève"),
    Code("teacher", "Teacher", "Enseignant"),
)

# The role of a person in a class, in an organisation, or for a resource: one list in version 1.1.
ROLES_1_1 = _closed("UserRole", "roles", "rôles", (_ADMINISTRATOR, *_SHARED_ROLES))
ROLES_1_2 = replace(
    _open(ROLES_1_1),
    codes=(
        *_SHARED_ROLES,
        Code("counselor", "Counsellor", "Conseiller d’éducation"),
        Code("principal", "Principal", "Chef d’établissement"),
        Code("districtAdministrator", "District administrator", "Administrateur de circonscription"),
        Code("siteAdministrator", "School administrator", "Administrateur d’établissement"),
        Code("systemAdministrator", "System administrator", "Administrateur informatique"),
    ),
)
# What providers send of the eight roles of version 1.1 in classes is accepted in both.
ENROLLMENT_ROLES_1_1 = replace(ROLES_1_1, name="EnrollmentRole", en="roles in classes", fr="rôles en classe")
ENROLLMENT_ROLES_1_2 = _open(ENROLLMENT_ROLES_1_1)
RESOURCE_ROLES_1_2 = _open(ROLES_1_1)

ROLE_TYPES = replace(
    _closed(
        "RoleType",
        "kinds of roles",
        "sortes de rôle",
        (Code("primary", "Primary", "Principal"), Code("secondary", "Secondary", "Secondaire")),
    ),
    source=_V1P2,
)
IMPORTANCES = replace(ROLE_TYPES, name="Importance", en="ranks of resources", fr="rangs de ressource")

CLASS_TYPES_1_1 = _closed(
    "ClassType",
    "kinds of classes",
    "sortes de classe",
    (Code("homeroom", "Homeroom", "Classe"), Code("scheduled", "Scheduled", "Groupe d’enseignement")),
)
CLASS_TYPES_1_2 = _open(CLASS_TYPES_1_1)

_SEXES = (Code("male", "Male", "Masculin"), Code("female", "Female", "Féminin"))
SEXES_1_1 = _closed("Gender", "sexes", "sexes", _SEXES)
SEXES_1_2 = _open(
    SEXES_1_1, Code("unspecified", "Not specified", "Non précisé"), Code("other", "Other", "Autre")
)

SCORE_STATUSES_1_1 = _closed(
    "ScoreStatus",
    "states of results",
    "états de résultat",
    (
        Code("exempt", "Exempt", "Dispensé"),
        Code("fully graded", "Fully graded", "Noté"),
        Code("not submitted", "Not submitted", "Non rendu"),
        Code("partially graded", "Partially graded", "Noté en partie"),
        Code("submitted", "Submitted", "Rendu"),
    ),
)
SCORE_STATUSES_1_2 = _open(SCORE_STATUSES_1_1)

LISTS: Mapping[str, Vocabulary] = {
    listed.name: listed
    for listed in (
        STATUSES,
        ORG_TYPES_1_2,
        SESSION_TYPES_1_2,
        replace(ROLES_1_2, codes=(_ADMINISTRATOR, *ROLES_1_2.codes)),
        ENROLLMENT_ROLES_1_2,
        ROLE_TYPES,
        IMPORTANCES,
        CLASS_TYPES_1_2,
        SEXES_1_2,
        SCORE_STATUSES_1_2,
    )
}
"""Every list of OneRoster by its name, with the codes of either version."""

"""Words that school information systems export in place of codes, beside the codes' own labels.

They are never read as codes: a report names the code that was probably meant. Source: common
knowledge of exports in French, German, Spanish and English; ISO/IEC 5218 for the digits of sexes.
"""

from collections.abc import Mapping

from cartable.model import vocabularies as lists

Words = Mapping[str, tuple[str, ...]]

_ROLES: Words = {
    "student": (
        *("élèves", "étudiant", "étudiante", "apprenant", "apprenante", "apprenti", "apprentie"),
        *("pupil", "learner", "Schüler", "Schülerin", "alumno", "alumna", "alumne", "estudiante"),
    ),
    "teacher": (
        *("enseignante", "enseignants", "professeur", "professeure", "prof", "profs", "instituteur"),
        *("institutrice", "maître", "maîtresse", "professeur des écoles", "Lehrer", "Lehrerin"),
        *("Lehrkraft", "Lehrperson", "profesor", "profesora", "docente", "maestro", "maestra"),
    ),
    "principal": (
        *("directeur", "directrice", "proviseur", "proviseure", "principale", "chef d'établissement"),
        *(
            "headteacher",
            "head teacher",
            "headmaster",
            "Schulleiter",
            "Schulleiterin",
            "director",
            "directora",
        ),
    ),
    "advisor": ("CPE", "adviser", "conseillère principale d'éducation"),
    "paraprofessional": ("AESH", "AVS", "accompagnant", "accompagnante"),
    "assistant": ("AED", "assistante d'éducation"),
    "proctor": ("surveillante", "invigilator"),
    "nurse": ("infirmier", "infirmière", "infirmière scolaire"),
    "officeStaff": ("secrétaire", "secretary", "Sekretariat"),
    "itAdmin": ("administratrice informatique",),
    "substitute": ("remplaçante", "suppléant", "suppléante", "Vertretung"),
    "administrator": ("admin", "administrateur", "administratrice"),
}

SYNONYMS: Mapping[str, Words] = {
    lists.ORG_ROLES.name: _ROLES,
    lists.ENROLLMENT_ROLES.name: _ROLES,
    lists.ORG_TYPES.name: {
        "school": (
            *("école", "écoles", "collège", "lycée", "établissement", "école primaire", "école maternelle"),
            *("école élémentaire", "lycée professionnel", "lycée général", "lycée polyvalent", "EREA"),
            *("primary school", "secondary school", "high school", "Schule", "Grundschule", "Gymnasium"),
            *("Realschule", "Hauptschule", "Gesamtschule", "escuela", "colegio", "instituto"),
        ),
        "region": ("académie", "rectorat"),
        "municipality": ("mairie", "municipalité", "Gemeinde", "municipio"),
        "ministryOfEducation": ("ministère",),
        "university": ("Universität", "universidad"),
    },
    lists.GRADES.name: {
        "pr": ("TPS",),
        "pk": ("pre-K",),
        "tk": ("MS",),
        "kg": ("GS", "K", "kinder", "Kindergarten"),
        "06": ("6e", "6ème"),
        "07": ("5e", "5ème"),
        "08": ("4e", "4ème"),
        "09": ("3e", "3ème"),
        "10": ("2nde", "2de"),
        "11": ("1ère", "1re"),
        "12": ("Tle", "Term"),
    },
    lists.SESSION_TYPES.name: {
        "schoolYear": ("année", "year", "academic year", "Schuljahr", "año escolar"),
        "semester": ("Halbjahr",),
        "term": ("trimester",),
        "gradingPeriod": ("période", "période de notation", "marking period"),
    },
    lists.RELATIONSHIP_ROLES.name: {
        "parent": (
            *("parents", "mère", "père", "maman", "papa", "mother", "father", "Mutter", "Vater", "Eltern"),
            *("madre", "padre", "padres"),
        ),
        "guardian": (
            *("tuteur", "tutrice", "responsable", "responsable légale", "représentant légal"),
            *("représentante légale", "legal guardian", "Vormund", "tutor", "tutora"),
        ),
        "relative": (
            *("grand-mère", "grand-père", "grands-parents", "oncle", "tante", "frère", "sœur"),
            *("grandmother", "grandfather", "aunt", "uncle"),
        ),
        "doctor": ("docteur", "Arzt", "Ärztin", "médico"),
    },
    lists.SUBJECTS.name: {
        "02": ("maths", "math", "Mathematik", "matemáticas"),
        "03": ("SVT", "physique-chimie", "sciences", "science"),
        "04": ("histoire-géographie", "histoire-géo", "SES"),
        "05": ("arts plastiques",),
        "08": ("EPS", "PE", "physical education", "Sport"),
        "10": ("informatique", "NSI", "IT", "ICT"),
    },
    lists.SEXES.name: {
        "male": ("M", "H", "G", "homme", "garçon", "boy", "man", "1", "männlich", "masculino"),
        "female": ("F", "fille", "femme", "girl", "woman", "2", "weiblich", "femenino"),
        "notSelected": ("U", "unknown", "inconnu", "not specified", "non précisé"),
    },
}
"""Words by the name of the list and by code; of two lists' common words each has those of its codes."""

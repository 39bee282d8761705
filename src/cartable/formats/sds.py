"""SDS v2.1 CSV, Microsoft School Data Sync. Source: "SDS v2.1 CSV file format", one table a file."""

from collections.abc import Mapping

from cartable.formats.format import Column, File, Format, Need

R, C, O = Need.REQUIRED, Need.CONDITIONAL, Need.OPTIONAL  # noqa: E741


def _columns(**needs: Need | tuple[Need, tuple[str, ...]]) -> tuple[Column, ...]:
    """Columns by their needs, some with what other languages call them."""
    return tuple(
        Column(field, need) if isinstance(need, Need) else Column(field, need[0], words=need[1])
        for field, need in needs.items()
    )


# What several files call alike.
_ID = ("identifiant", "id")
_TITLE = ("titre", "intitulé", "nom")
_SCHOOL = ("établissement", "école", "identifiant de l’établissement", "identifiant de l’école")
_USER = ("utilisateur", "identifiant utilisateur", "identifiant de l’utilisateur")
_PUPIL = (*_USER, "élève", "identifiant élève", "identifiant de l’élève")
_START, _END = ("date de début", "début"), ("date de fin", "fin")

SDS_V2_1 = Format(
    "sds-v2.1",
    "SDS v2.1",
    (
        File(
            "orgs",
            _columns(
                sourcedId=(R, _ID),
                name=(R, ("nom", "nom de l’établissement", "établissement", "école")),
                type=(R, ("type d’établissement", "type d’organisation")),
                parentSourcedId=(O, ("identifiant parent", "identifiant du parent")),
            ),
            required=True,
        ),
        File(
            "users",
            _columns(
                sourcedId=(R, _ID),
                username=(R, ("nom d’utilisateur", "nom utilisateur", "identifiant de connexion", "login")),
                familyName=(C, ("nom", "nom de famille")),
                givenName=(C, ("prénom",)),
                activeDirectoryMatchId=O,
                email=(O, ("courriel", "mél", "adresse électronique", "adresse e-mail", "电子邮件")),
                phone=(O, ("téléphone", "numéro de téléphone")),
                sms=(O, ("portable", "téléphone portable", "téléphone mobile")),
                userNumber=(O, ("matricule", "numéro d’élève")),
            ),
            required=True,
            legacy=("password",),
        ),
        File(
            "roles",
            _columns(
                userSourcedId=(R, _PUPIL),
                orgSourcedId=(R, _SCHOOL),
                role=(R, ("rôle",)),
                sessionSourcedId=(O, ("période", "session")),
                grade=(O, ("niveau",)),
                isPrimary=(O, ("principal", "rôle principal")),
                roleStartDate=(O, _START),
                roleEndDate=(O, _END),
            ),
            required=True,
        ),
        File(
            "classes",
            _columns(
                sourcedId=(R, _ID),
                orgSourcedId=(R, _SCHOOL),
                title=(R, (*_TITLE, "nom de la classe")),
                sessionSourcedIds=(O, ("périodes", "sessions")),
                courseSourcedId=(O, ("cours", "identifiant du cours")),
                code=O,
            ),
            pair="enrollments",
        ),
        File(
            "enrollments",
            _columns(
                classSourcedId=(R, ("classe", "identifiant de la classe")),
                userSourcedId=(R, _PUPIL),
                role=(R, ("rôle",)),
            ),
            pair="classes",
        ),
        File(
            "academicSessions",
            _columns(
                sourcedId=(R, _ID),
                title=(R, _TITLE),
                type=R,
                schoolYear=(R, ("année scolaire",)),
                startDate=(R, _START),
                endDate=(R, _END),
            ),
        ),
        File(
            "courses",
            _columns(
                sourcedId=(R, _ID),
                orgSourcedId=(R, _SCHOOL),
                title=(R, _TITLE),
                code=O,
                schoolYearSourcedId=(O, ("année scolaire",)),
                subject=(O, ("matière", "discipline")),
                grade=(O, ("niveau",)),
            ),
        ),
        File(
            "relationships",
            _columns(
                userSourcedId=(R, _PUPIL),
                relationshipUserSourcedId=(R, ("responsable", "responsable légal", "parent")),
                relationshipRole=(R, ("lien", "lien de parenté")),
            ),
        ),
        File(
            "demographics",
            _columns(
                userSourcedId=(R, _PUPIL),
                sex=(O, ("sexe",)),
                birthDate=(O, ("date de naissance", "né le", "naissance")),
                birthCity=(O, ("ville de naissance", "commune de naissance", "lieu de naissance")),
                birthState=O,
                birthCountry=(O, ("pays de naissance",)),
                ethnicityCodes=O,
                raceCodes=O,
            ),
        ),
        File("userFlags", _columns(userSourcedId=(R, _PUPIL), flag=R)),
    ),
)

TRANSLATED_HEADERS: Mapping[str, Mapping[str, str]] = {
    file.entity: {word: column.name for column in file.columns for word in column.words}
    for file in SDS_V2_1.files
}
"""What exports in French and machine-translated editions of the specification call columns, by file.

They are named in the message and never read as the column; capitals, accents and blanks do not count.
"""

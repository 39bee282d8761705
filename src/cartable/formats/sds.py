"""SDS v2.1 CSV, Microsoft School Data Sync. Source: "SDS v2.1 CSV file format", one table a file."""

from cartable.formats.format import Column, File, Format, Need

R, C, O = Need.REQUIRED, Need.CONDITIONAL, Need.OPTIONAL  # noqa: E741


def _columns(**needs: Need) -> tuple[Column, ...]:
    return tuple(Column(field, need) for field, need in needs.items())


SDS_V2_1 = Format(
    "sds-v2.1",
    "SDS v2.1",
    (
        File("orgs", _columns(sourcedId=R, name=R, type=R, parentSourcedId=O), required=True),
        File(
            "users",
            _columns(
                sourcedId=R,
                username=R,
                familyName=C,
                givenName=C,
                activeDirectoryMatchId=O,
                email=O,
                phone=O,
                sms=O,
                userNumber=O,
            ),
            required=True,
            legacy=("password",),
        ),
        File(
            "roles",
            _columns(
                userSourcedId=R,
                orgSourcedId=R,
                role=R,
                sessionSourcedId=O,
                grade=O,
                isPrimary=O,
                roleStartDate=O,
                roleEndDate=O,
            ),
            required=True,
        ),
        File(
            "classes",
            _columns(
                sourcedId=R,
                orgSourcedId=R,
                title=R,
                sessionSourcedIds=O,
                courseSourcedId=O,
                code=O,
            ),
            pair="enrollments",
        ),
        File("enrollments", _columns(classSourcedId=R, userSourcedId=R, role=R), pair="classes"),
        File(
            "academicSessions",
            _columns(sourcedId=R, title=R, type=R, schoolYear=R, startDate=R, endDate=R),
        ),
        File(
            "courses",
            _columns(
                sourcedId=R,
                orgSourcedId=R,
                title=R,
                code=O,
                schoolYearSourcedId=O,
                subject=O,
                grade=O,
            ),
        ),
        File(
            "relationships",
            _columns(userSourcedId=R, relationshipUserSourcedId=R, relationshipRole=R),
        ),
        File(
            "demographics",
            _columns(
                userSourcedId=R,
                sex=O,
                birthDate=O,
                birthCity=O,
                birthState=O,
                birthCountry=O,
                ethnicityCodes=O,
                raceCodes=O,
            ),
        ),
        File("userFlags", _columns(userSourcedId=R, flag=R)),
    ),
)

# Headers that stand in machine-translated editions of the specification, and the column each
# one means. They are named in the message and never read as the column.
TRANSLATED_HEADERS: dict[str, str] = {
    "nom": "name",
    "Nom": "name",
    "Sms": "sms",
    "Sexe": "sex",
    "téléphone": "phone",
    "Téléphone": "phone",
    "电子邮件": "email",
}

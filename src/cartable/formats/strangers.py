"""How to tell other roster formats, which arrive where SDS v2.1 is expected, by names and headers."""

# SDS v1. Source: Microsoft's sample files, "SDS Format".
SDS_V1_FILES: tuple[str, ...] = (
    "School.csv",
    "Section.csv",
    "Student.csv",
    "Teacher.csv",
    "StudentEnrollment.csv",
    "TeacherRoster.csv",
)

# SDS v2 has the names of v2.1 but no roles.csv: roles and organisations are columns of users.csv.
# Source: Microsoft's sample files, "SDS v2".
SDS_V2_HEADERS: tuple[str, ...] = ("orgSourcedIds", "role")

# OneRoster. Source: OneRoster CSV binding 1.1 and 1.2: every file of records begins with these
# columns, and the manifest states the version.
ONEROSTER_HEADERS: tuple[str, ...] = ("sourcedId", "status", "dateLastModified")
ONEROSTER_MANIFEST = "manifest.csv"
ONEROSTER_MANIFEST_HEADERS: tuple[str, ...] = ("propertyName", "value")
ONEROSTER_VERSION = "oneroster.version"
# Where there is no manifest: files and columns that only one version has.
ONEROSTER_1_2_FILES: tuple[str, ...] = (
    "roles.csv",
    "userProfiles.csv",
    "userResources.csv",
    "scoreScales.csv",
)
ONEROSTER_1_1_HEADERS: tuple[str, ...] = ("orgSourcedIds", "gradingPeriodSourcedId")
ONEROSTER_1_2_HEADERS: tuple[str, ...] = ("userMasterIdentifier", "primaryOrgSourcedId")

TITLES: dict[str, str] = {
    "sds-v1": "SDS v1",
    "sds-v2": "SDS v2",
    "oneroster-1.1": "OneRoster 1.1",
    "oneroster-1.2": "OneRoster 1.2",
}

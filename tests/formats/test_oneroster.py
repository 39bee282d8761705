"""The files and columns of OneRoster, as its CSV binding lists them."""

import pytest

from cartable.formats.format import Need
from cartable.formats.oneroster import BY_VERSION

_BOTH = ("1.1", "1.2")

# The columns after sourcedId, status and dateLastModified; those with an exclamation mark are required.
# Source: 1EdTech, OneRoster CSV binding 1.1 and 1.2.1, one table a file.
BINDING: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (_BOTH, "academicSessions", "!title !type !startDate !endDate parentSourcedId !schoolYear"),
    (_BOTH, "orgs", "!name !type identifier parentSourcedId"),
    (_BOTH, "courses", "schoolYearSourcedId !title courseCode grades !orgSourcedId subjects subjectCodes"),
    (
        _BOTH,
        "classes",
        "!title grades !courseSourcedId classCode !classType location !schoolSourcedId "
        "!termSourcedIds subjects subjectCodes periods",
    ),
    (
        ("1.1",),
        "users",
        "!enabledUser !orgSourcedIds !role !username userIds !givenName !familyName middleName "
        "identifier email sms phone agentSourcedIds grades password",
    ),
    (
        ("1.2",),
        "users",
        "!enabledUser !username userIds !givenName !familyName middleName identifier email sms "
        "phone agentSourcedIds grades password userMasterIdentifier preferredGivenName "
        "preferredMiddleName preferredFamilyName primaryOrgSourcedId pronouns",
    ),
    (
        ("1.2",),
        "roles",
        "!userSourcedId !roleType !role beginDate endDate !orgSourcedId userProfileSourcedId",
    ),
    (
        ("1.2",),
        "userProfiles",
        "!userSourcedId !profileType !vendorId applicationId description !credentialType !username password",
    ),
    (_BOTH, "enrollments", "!classSourcedId !schoolSourcedId !userSourcedId !role primary beginDate endDate"),
    (
        _BOTH,
        "demographics",
        "birthDate sex americanIndianOrAlaskaNative asian blackOrAfricanAmerican "
        "nativeHawaiianOrOtherPacificIslander white demographicRaceTwoOrMoreRaces "
        "hispanicOrLatinoEthnicity countryOfBirthCode stateOfBirthAbbreviation cityOfBirth "
        "publicSchoolResidenceStatus",
    ),
    (("1.1",), "categories", "!title"),
    (("1.2",), "categories", "!title weight"),
    (
        ("1.1",),
        "lineItems",
        "!title description !assignDate !dueDate !classSourcedId !categorySourcedId "
        "!gradingPeriodSourcedId !resultValueMin !resultValueMax",
    ),
    (
        ("1.2",),
        "lineItems",
        "!title description !assignDate !dueDate !classSourcedId !categorySourcedId "
        "!academicSessionSourcedId resultValueMin resultValueMax !schoolSourcedId",
    ),
    (("1.1",), "results", "!lineItemSourcedId !studentSourcedId !scoreStatus !score !scoreDate comment"),
    (
        ("1.2",),
        "results",
        "!lineItemSourcedId !studentSourcedId !scoreStatus score !scoreDate comment textScore "
        "classSourcedId inProgress incomplete late missing",
    ),
    (("1.2",), "scoreScales", "!title !type !orgSourcedId !courseSourcedId !classSourcedId !scoreScaleValue"),
    (("1.2",), "lineItemLearningObjectiveIds", "!lineItemSourcedId !source !learningObjectiveId"),
    (("1.2",), "lineItemScoreScales", "title !lineItemSourcedId !scoreScaleSourcedId"),
    (("1.2",), "resultLearningObjectiveIds", "!resultSourcedId !source !learningObjectiveId score textScore"),
    (("1.2",), "resultScoreScales", "title !resultSourcedId !scoreScaleSourcedId"),
    (_BOTH, "resources", "!vendorResourceId title roles importance vendorId applicationId"),
    (_BOTH, "classResources", "title !classSourcedId !resourceSourcedId"),
    (_BOTH, "courseResources", "title !courseSourcedId !resourceSourcedId"),
    (("1.2",), "userResources", "!userSourcedId orgSourcedId classSourcedId !resourceSourcedId"),
)


@pytest.mark.parametrize("version", _BOTH)
def test_every_file_has_the_columns_of_the_binding_in_its_order(version: str) -> None:
    binding = {file: columns.split() for versions, file, columns in BINDING if version in versions}
    layout = BY_VERSION[version]
    assert {file.entity for file in layout.files} == binding.keys()
    for file in layout.files:
        needed = {column.name for column in file.columns if column.need is Need.REQUIRED}
        listed = ["!sourcedId", "status", "dateLastModified", *binding[file.entity]]
        told = [f"!{header}" if header in needed else header for header in file.headers]
        assert told == listed, file.name

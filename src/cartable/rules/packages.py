"""Rules about OneRoster packages: their manifest, what their files say they are, what is lost of them."""

from cartable.model.findings import Action, Severity
from cartable.rules.checks import Query, Row
from cartable.rules.rule import Rule

_BINDING = "1EdTech, OneRoster CSV binding 1.2"
_MANIFEST = f"{_BINDING}, manifest.csv"
_FILES = f"{_BINDING}, bulk and delta files"
_MAPPING = "Microsoft, School Data Sync, OneRoster to SDS v2.1"

MIXED = Rule(
    code="package.mixed",
    severity=Severity.FATAL,
    action=Action.STOP,
    message="Some files are OneRoster's ({packaged}), others are not ({other}).",
    hint="Export all files in one format, and put nothing else into the delivery.",
    source=_BINDING,
    details=("packaged", "other", "version", "found"),
    cases={
        "version": (
            "The manifest says that this is OneRoster {version}, which does not have what is there: {found}.",
            "Correct the version in the manifest, or the format of the export: the two differ in who says "
            "what people are.",
        ),
    },
)

COLUMNS = Rule(
    code="header.incomplete",
    severity=Severity.INFO,
    action=Action.NONE,
    message="The header lacks columns that the format asks for even where they are empty: {missing}.",
    hint="Nothing needs to be done, unless values of them are missed: the roster keeps what it has of these.",
    source=f"{_BINDING}, headers",
    details=("missing",),
    cases={
        "order": (
            "The columns stand in another order than the format's; they were read by their names.",
            "Nothing needs to be done here; other systems may ask for the order of the format.",
        ),
    },
)

UNLISTED = Rule(
    code="manifest.missing",
    severity=Severity.INFO,
    action=Action.NONE,
    message="The delivery has no {file}; its version was told from its files, and each is taken as a whole.",
    hint="Let the export write {file}: it says which files hold all records and which only changes.",
    source=_MANIFEST,
)

MANIFEST_VERSION = Rule(
    code="manifest.edition",
    severity=Severity.WARNING,
    action=Action.NONE,
    message="The manifest is of version {value}, which nobody knows; it was read as version 1.0.",
    hint="Write manifest.version,1.0 into it.",
    source=_MANIFEST,
    details=("name",),
)

VERSION = Rule(
    code="manifest.version",
    severity=Severity.FATAL,
    action=Action.STOP,
    message="The manifest says that this is OneRoster {value}; the versions that are read are {known}.",
    hint="Choose one of these as the export's format in the school information system.",
    source=_MANIFEST,
    details=("name", "version", "known"),
    cases={
        "none": (
            "The manifest does not say which version of OneRoster this is; it was read as {version}.",
            "Let the export write oneroster.version into it, with 1.1 or 1.2.",
        ),
    },
    outcomes={"none": (Severity.WARNING, Action.NONE)},
)

PROPERTY = Rule(
    code="manifest.property",
    severity=Severity.WARNING,
    action=Action.NONE,
    message="The manifest has no property {value}; what it says of it is not read.",
    hint="Names must match exactly, capitals included; a file that the version does not have has none.",
    source=_MANIFEST,
    details=("name", "near"),
    cases={
        "near": (
            "The manifest has no property {value}; what it says of it is not read.",
            "If {near} is meant, write it so: names must match exactly, capitals included.",
        ),
    },
)

MODE = Rule(
    code="manifest.mode",
    severity=Severity.FATAL,
    action=Action.STOP,
    message="The manifest says {value} of the file {name}, which is none of {modes}.",
    hint="Write bulk where the file holds all records, delta where it holds changes, absent where it is not "
    "there. Until then nobody knows what becomes of records that it does not show.",
    source=_MANIFEST,
    details=("name", "modes"),
)

CONTRADICTION = Rule(
    code="manifest.contradiction",
    severity=Severity.FATAL,
    action=Action.STOP,
    message="The manifest says {value} of a file, {name}, that is not there.",
    hint="Add the file, or say that it is absent.",
    source=_MANIFEST,
    details=("name",),
    cases={
        "there": (
            "The manifest says {value} of a file, {name}, that is there.",
            "Say whether it holds all records (bulk) or changes (delta), or leave it out.",
        ),
        "early": (
            "The manifest says {value} of the file {name}, but the roster has nothing yet that could change.",
            "Deliver all records first (bulk); until then rows are left out that refer to what is not there.",
        ),
    },
    outcomes={"early": (Severity.WARNING, Action.NONE)},
)

UNSTATED = Rule(
    code="manifest.unstated",
    severity=Severity.INFO,
    action=Action.NONE,
    message="The manifest says nothing of files that are not there: {name}.",
    hint="Let the export write a line for every file, with absent for those that are not there.",
    source=_MANIFEST,
    details=("name",),
    cases={
        "there": (
            "The manifest says nothing of {name}, which is there; it was taken to hold all records.",
            "Let the export write whether it holds all records (bulk) or changes (delta).",
        ),
    },
    outcomes={"there": (Severity.WARNING, Action.NONE)},
)

STATUS = Rule(
    code="record.status",
    severity=Severity.INFO,
    action=Action.NONE,
    message="The file holds all records, so that nobody needs the status that its rows say ({count}).",
    hint="Leave status and dateLastModified empty, or let the manifest say that the file holds changes.",
    source=_FILES,
    details=("count",),
    cases={
        "going": (
            "Rows are to be deleted ({count}); as the file holds all records, they count as not being there.",
            "Leave them out, or let the manifest say that the file holds changes (delta).",
        ),
    },
    # Most likely the file holds changes alone, and everybody whom it does not show would leave.
    outcomes={"going": (Severity.WARNING, Action.NONE)},
)

MODIFIED = Rule(
    code="record.modified",
    severity=Severity.INFO,
    action=Action.NONE,
    message="The row says a status and not when it was modified.",
    hint="Fill in dateLastModified, such as 2026-09-01T08:30:00.000Z; the row is taken all the same.",
    source=_FILES,
    checks=(
        *(
            Row(
                entity=entity,
                field="dateLastModified",
                condition="{status} is not null and {dateLastModified} is null",
                packaged=True,
            )
            for entity in (
                "orgs",
                "academicSessions",
                "users",
                "courses",
                "classes",
                "roles",
                "enrollments",
                "demographics",
            )
        ),
    ),
)

UNRESOLVED = Rule(
    code="record.unresolved",
    severity=Severity.WARNING,
    action=Action.NONE,
    message="The row is to be deleted, but does not say which record of the roster that is.",
    hint="Fill in {columns}: the roster does not know the row by its own identifier.",
    source=_FILES,
    details=("columns",),
)

CONTACT = Rule(
    code="record.contact",
    severity=Severity.WARNING,
    action=Action.NONE,
    message="The delivery does not say what {value} is to pupils; the roster keeps what it has of the two.",
    hint="Deliver the row of that person too, and in version 1.2 their role.",
    source=f"{_BINDING}, users.csv: agentSourcedIds",
)

LOST = Rule(
    code="package.lost",
    severity=Severity.INFO,
    action=Action.NONE,
    message="The roster has no place for {column}; its values stay outside ({count}).",
    hint="Nothing needs to be done: receivers that read the roster will not see them.",
    source=_MAPPING,
    details=("count",),
    cases={
        "file": (
            "The roster has no place for what {file} holds; its rows stay outside ({count}).",
            "Nothing needs to be done: receivers that read the roster will not see them.",
        ),
        "several": (
            "The roster takes one value of {column}; where there are more, others stay outside ({count}).",
            "Nothing needs to be done: receivers that read the roster will see the first.",
        ),
        "unknown": (
            "Some values of {column} stay outside, since the roster's own list does not have them ({count}).",
            "Nothing needs to be done: receivers that read the roster will not see them.",
        ),
        "coarse": (
            "The roster has no code for some values of {column}; the closest one stands for them ({count}).",
            "Nothing needs to be done, unless a receiver tells them apart; types of organisations can be "
            "added to the roster's list (--codes).",
        ),
        "apart": (
            "Grades of people have changed whose roles the package does not show ({count}); the roster keeps "
            "grades with roles, so that these stay as they were.",
            "Let the export write the rows of these people in roles.csv too.",
        ),
        "disabled": (
            "Some users are not enabled ({count}); the roster says so of nobody and takes them as they are.",
            "Where they shall not log in, say so where accounts are made.",
        ),
    },
    outcomes={"apart": (Severity.WARNING, Action.NONE)},
)

SCHOOL = Rule(
    code="enrollment.school",
    severity=Severity.WARNING,
    action=Action.NONE,
    message="The enrollment is in the school {value}, but its class is in {other}.",
    hint="Correct the school of the enrollment, or that of the class: they are the same.",
    source=f"{_BINDING}, enrollments.csv",
    details=("other",),
    checks=(
        Query(
            entity="enrollments",
            field="schoolSourcedId",
            reads={
                "enrollments": ("classSourcedId", "schoolSourcedId"),
                "classes": ("sourcedId", "schoolSourcedId"),
            },
            sql="""
                select one._line, class.schoolSourcedId as other
                from {enrollments} as one join {classes} as class on class.sourcedId = one.classSourcedId
                where class.schoolSourcedId <> one.schoolSourcedId
            """,
            shows_value=True,
            packaged=True,
        ),
    ),
)

DATES = Rule(
    code="record.dates",
    severity=Severity.WARNING,
    action=Action.BLANK,
    message="The end, {value}, is not after the begin, {begin}.",
    hint="Correct one of the two; the end is the day after the last.",
    source=f"{_BINDING}, dates: the end is exclusive",
    details=("begin",),
    checks=tuple(
        Row(
            entity=entity,
            field="endDate",
            condition="{endDate} <= {beginDate}",
            details={"begin": "{beginDate}"},
            packaged=True,
        )
        for entity in ("roles", "enrollments")
    ),
)

SESSION = Rule(
    code="session.exclusive",
    severity=Severity.ERROR,
    action=Action.EXCLUDE,
    message="The end, {value}, is not after the start, {start}.",
    hint="Correct one of the two; the end is the day after the last.",
    source=f"{_BINDING}, academicSessions.csv: endDate is exclusive",
    details=("start",),
    checks=(
        Row(
            entity="academicSessions",
            field="endDate",
            condition="{endDate} <= {startDate}",
            details={"start": "{startDate}"},
            packaged=True,
        ),
    ),
)

RULES: tuple[Rule, ...] = (
    MIXED,
    COLUMNS,
    UNLISTED,
    MANIFEST_VERSION,
    VERSION,
    PROPERTY,
    MODE,
    CONTRADICTION,
    UNSTATED,
    STATUS,
    MODIFIED,
    UNRESOLVED,
    CONTACT,
    LOST,
    SCHOOL,
    DATES,
    SESSION,
)

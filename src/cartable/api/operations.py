"""Every operation of OneRoster that the API answers: its path, its objects, who may call it.

Source: 1EdTech OneRoster 1.1 and 1.2, REST bindings. Conditions are SQL over one object `o` of the resource
at one revision, in which `{asof:x}` stands for "the state of `x` holds and is active", `{held:x}` for "it
holds", and `%s` for the identifiers in the path, in their order unless `takes` says which.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from cartable.model.objects import BOTH, BY_RESOURCE, NEW, Resource, Version


class Method(StrEnum):
    """What is done with the objects of an operation."""

    GET = "GET"
    PUT = "PUT"
    """One is written, under a name of the client's."""
    POST = "POST"
    """Several are written, under names of ours."""
    DELETE = "DELETE"


class Service(StrEnum):
    """The part of the standard that an operation is of: a part of the address in 1.2."""

    ROSTERING = "rostering"
    GRADEBOOK = "gradebook"


class Scope(StrEnum):
    """What a client asks to be let do; the last part of the scope's address."""

    ROSTER = "roster.readonly"
    CORE = "roster-core.readonly"
    DEMOGRAPHICS = "roster-demographics.readonly"
    GRADES = "gradebook.readonly"
    GRADES_CORE = "gradebook-core.readonly"
    GRADES_PUT = "gradebook.createput"
    GRADES_POST = "gradebook.createpost"
    GRADES_DELETE = "gradebook.delete"
    ASSESSMENTS = "assessment.readonly"
    ASSESSMENTS_PUT = "assessment.createput"
    ASSESSMENTS_DELETE = "assessment.delete"


SCOPES = "https://purl.imsglobal.org/spec/or/{version}/scope/{scope}"
"""The address of a scope."""

_ALL, _NESTED, _PERSONAL = (Scope.ROSTER, Scope.CORE), (Scope.ROSTER,), (Scope.DEMOGRAPHICS,)


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation.

    Args:
        path: with the names of its parameters in braces.
        resource: whose objects it answers.
        scopes: each of them suffices.
        is_one: whether it answers one object: the one that the last parameter names.
        condition: SQL; which objects it answers.
        takes: places of the path's parameters in the condition.
        parents: by place of a path's parameter, the resource of what it names.
        only_old: a condition besides, in 1.1, where people have one role.
        versions: the editions that have it.
        fixes: of what is posted, by place of a path's parameter, the property that it fixes.
    """

    path: str
    resource: Resource
    scopes: tuple[Scope, ...] = _NESTED
    is_one: bool = False
    condition: str = ""
    takes: tuple[int, ...] = ()
    parents: tuple[str, ...] = ()
    only_old: str = ""
    versions: tuple[Version, ...] = BOTH
    service: Service = Service.ROSTERING
    method: Method = Method.GET
    fixes: tuple[str, ...] = ()

    @property
    def parts(self) -> tuple[str, ...]:
        """The path's parts; '' where a parameter stands."""
        return tuple("" if part.startswith("{") else part for part in self.path.strip("/").split("/"))

    @property
    def key(self) -> str:
        """The key around the answer."""
        return self.resource.singular if self.is_one else self.resource.name


_IS_PERIOD = "o.type = 'gradingPeriod'"
_IS_TERM = "o.type in ('term', 'semester')"
_IS_SCHOOL = "o.type = 'school'"
# Of most people: walked in the order of the page, and looked for. Of one school: its people are looked up.
_IS = "exists (select 1 from published_users_links l where l.state = o.id and l.name = '{who}')"
_IS_AT = "o.id in (select l.state from published_users_links l where l.name = '{who}' and l.target = %s)"
_IN_CLASS = (
    'o.sourced_id in (select e."user" from published_enrollments e '
    "where e.class = %s and e.role = '{role}' and {{asof:e}})"
)
_CLASSES_OF = (
    'o.sourced_id in (select e.class from published_enrollments e where e."user" = %s{role} and {{asof:e}})'
)


def _pair(
    path: str, resource: str, condition: str = "", scopes: tuple[Scope, ...] = _ALL, only_old: str = ""
) -> list[Operation]:
    kind = BY_RESOURCE[resource]
    # A session that something refers to is found, whatever it is.
    single = "" if path == "/terms" else condition
    return [
        Operation(path, kind, scopes, condition=condition, only_old=only_old),
        Operation(f"{path}/{{id}}", kind, scopes, is_one=True, condition=single, only_old=only_old),
    ]


def _nested(
    path: str, resource: str, condition: str, *parents: str, takes: tuple[int, ...] = ()
) -> Operation:
    places = takes or tuple(range(condition.count("%s")))
    return Operation(path, BY_RESOURCE[resource], condition=condition, takes=places, parents=parents)


def _of_people(path: str, condition: str, *parents: str, takes: tuple[int, ...] = ()) -> Iterator[Operation]:
    for role in ("student", "teacher"):
        told = condition.replace("{who}", role)
        yield _nested(f"{path}/{role}s", "users", told, *parents, takes=takes)


ROSTERING: tuple[Operation, ...] = (
    *_pair("/academicSessions", "academicSessions"),
    *_pair("/terms", "academicSessions", _IS_TERM),
    *_pair("/gradingPeriods", "academicSessions", _IS_PERIOD),
    *_pair("/orgs", "orgs"),
    *_pair("/schools", "orgs", _IS_SCHOOL),
    *_pair("/courses", "courses"),
    *_pair("/classes", "classes"),
    *_pair("/users", "users"),
    *_pair("/students", "users", _IS.format(who="student"), only_old="o.role = 'student'"),
    *_pair("/teachers", "users", _IS.format(who="teacher"), only_old="o.role = 'teacher'"),
    *_pair("/enrollments", "enrollments"),
    *_pair("/demographics", "demographics", scopes=_PERSONAL),
    _nested("/schools/{school}/classes", "classes", "o.school = %s", "orgs"),
    _nested(
        "/schools/{school}/courses",
        "courses",
        "(o.org = %s or o.sourced_id in "
        "(select k.course from published_classes k where k.school = %s and {asof:k}))",
        "orgs",
        takes=(0, 0),
    ),
    _nested("/schools/{school}/enrollments", "enrollments", "o.school = %s", "orgs"),
    *_of_people("/schools/{school}", _IS_AT, "orgs"),
    _nested(
        "/schools/{school}/terms",
        "academicSessions",
        f"{_IS_TERM} and o.sourced_id in (select l.target from published_classes k "
        "join published_classes_links l on l.state = k.id and l.name = 'terms' "
        "where k.school = %s and {asof:k})",
        "orgs",
    ),
    _nested(
        "/schools/{school}/classes/{class}/enrollments",
        "enrollments",
        "o.school = %s and o.class = %s",
        "orgs",
        "classes",
    ),
    *_of_people(
        "/schools/{school}/classes/{class}",
        _IN_CLASS.format(role="{who}").replace("e.class = %s", "e.school = %s and e.class = %s"),
        "orgs",
        "classes",
    ),
    *_of_people("/classes/{class}", _IN_CLASS.format(role="{who}"), "classes"),
    _nested("/courses/{course}/classes", "classes", "o.course = %s", "courses"),
    _nested(
        "/students/{user}/classes", "classes", _CLASSES_OF.format(role=" and e.role = 'student'"), "users"
    ),
    _nested(
        "/teachers/{user}/classes", "classes", _CLASSES_OF.format(role=" and e.role = 'teacher'"), "users"
    ),
    _nested("/users/{user}/classes", "classes", _CLASSES_OF.format(role=""), "users"),
    _nested(
        "/terms/{term}/classes",
        "classes",
        "o.id in (select l.state from published_classes_links l where l.name = 'terms' and l.target = %s)",
        "academicSessions",
    ),
    _nested(
        "/terms/{term}/gradingPeriods",
        "academicSessions",
        f"{_IS_PERIOD} and o.parent = %s",
        "academicSessions",
    ),
)
"""What is read of the roster."""

_OF_CLASS = "o.class = %s"
_AT_SCHOOL = "o.class in (select k.sourced_id from published_classes k where k.school = %s and {held:k})"
# Categories are nobody's: a class has those of its line items, and all that the installation offers.
_CATEGORIES_OF = (
    "(o.client is null or o.sourced_id in "
    "(select i.category from gradebook_line_items i where i.class = %s and i.active))"
)


def _written(
    resource: str, reads: tuple[Scope, ...], puts: Scope, deletes: Scope, versions: tuple[Version, ...]
) -> Iterator[Operation]:
    """What may be done with the objects of a resource that clients write."""
    kind, path = BY_RESOURCE[resource], f"/{resource}"
    yield Operation(path, kind, reads, versions=versions, service=Service.GRADEBOOK)
    read = Operation(f"{path}/{{id}}", kind, reads, is_one=True, versions=versions, service=Service.GRADEBOOK)
    yield read
    yield replace(read, scopes=(puts,), method=Method.PUT)
    yield replace(read, scopes=(deletes,), method=Method.DELETE)


def _graded(resource: str, versions: tuple[Version, ...] = BOTH) -> Iterator[Operation]:
    reads = (Scope.GRADES, Scope.GRADES_CORE)
    return _written(resource, reads, Scope.GRADES_PUT, Scope.GRADES_DELETE, versions)


def _assessed(resource: str) -> Iterator[Operation]:
    return _written(resource, (Scope.ASSESSMENTS,), Scope.ASSESSMENTS_PUT, Scope.ASSESSMENTS_DELETE, NEW)


def _found(
    path: str, resource: str, condition: str, *parents: str, versions: tuple[Version, ...] = BOTH
) -> Operation:
    return Operation(
        path,
        BY_RESOURCE[resource],
        (Scope.GRADES,),
        condition=condition,
        takes=tuple(range(condition.count("%s"))),
        parents=parents,
        versions=versions,
        service=Service.GRADEBOOK,
    )


def _posted(path: str, resource: str, *fixes: tuple[str, str]) -> Operation:
    return Operation(
        path,
        BY_RESOURCE[resource],
        (Scope.GRADES_POST,),
        parents=tuple(parent for parent, _ in fixes),
        versions=NEW,
        service=Service.GRADEBOOK,
        method=Method.POST,
        fixes=tuple(name for _, name in fixes),
    )


GRADEBOOK: tuple[Operation, ...] = (
    *_graded("categories"),
    *_graded("lineItems"),
    *_graded("results"),
    *_graded("scoreScales", NEW),
    *_assessed("assessmentLineItems"),
    *_assessed("assessmentResults"),
    # Of 1.2 alone; one consumer asks for it in 1.1, too.
    _found("/classes/{class}/categories", "categories", _CATEGORIES_OF, "classes"),
    _found("/classes/{class}/lineItems", "lineItems", _OF_CLASS, "classes"),
    _found("/classes/{class}/results", "results", _OF_CLASS, "classes"),
    _found(
        "/classes/{class}/lineItems/{lineItem}/results",
        "results",
        "o.class = %s and o.line_item = %s",
        "classes",
        "lineItems",
    ),
    _found(
        "/classes/{class}/students/{student}/results",
        "results",
        "o.class = %s and o.student = %s",
        "classes",
        "users",
    ),
    _found("/classes/{class}/scoreScales", "scoreScales", _OF_CLASS, "classes", versions=NEW),
    _found("/schools/{school}/scoreScales", "scoreScales", _AT_SCHOOL, "orgs", versions=NEW),
    _posted("/classes/{class}/lineItems", "lineItems", ("classes", "class")),
    _posted("/schools/{school}/lineItems", "lineItems", ("orgs", "school")),
    _posted("/lineItems/{lineItem}/results", "results", ("lineItems", "lineItem")),
    _posted(
        "/classes/{class}/academicSessions/{session}/results",
        "results",
        ("classes", "class"),
        ("academicSessions", "session"),
    ),
)
"""What is read and written of the gradebook."""

OPERATIONS: tuple[Operation, ...] = (*ROSTERING, *GRADEBOOK)
"""All operations."""


def _by_shape() -> Mapping[tuple[str, ...], Mapping[Method, Operation]]:
    found: dict[tuple[str, ...], dict[Method, Operation]] = {}
    for operation in OPERATIONS:
        found.setdefault(operation.parts, {})[operation.method] = operation
    return found


BY_SHAPE: Mapping[tuple[str, ...], Mapping[Method, Operation]] = _by_shape()
"""Operations by the parts of their paths, '' where a parameter stands, and by what they do."""

"""Makes the profile of a delivery that was judged: rows by school, role and grade, sketches of ids."""

from collections.abc import Iterator

from cartable.engine.workspace import Workspace, literal, quoted
from cartable.model.deliveries import Delivery
from cartable.model.entities import BY_NAME, ENTITIES, Entity
from cartable.model.profiles import GROUPINGS, PEOPLE, SKETCH_SIZE, Grouping, Profile, Tally

# What the fields of a grouping are called in `Tally`.
_COLUMNS = {"orgSourcedId": "school", "role": "role", "grade": "grade"}


def profile(workspace: Workspace, delivery: Delivery) -> Profile:
    """The profile of the delivery in the workspace, whose `canonical_<entity>` are made.

    It is computed once; the workspace keeps it.
    """
    if workspace.profile is None:
        _compute(workspace, delivery)
        workspace.profile = _read(workspace, delivery)
    return workspace.profile


def _read(workspace: Workspace, delivery: Delivery) -> Profile:
    tallies: dict[str, list[Tally]] = {
        grouping.entity: [] for grouping in GROUPINGS if delivery.delivers(grouping.entity)
    }
    for entity, *group in workspace.execute("select * from tally order by all"):
        tallies[entity].append(Tally(*group))
    schools = workspace.execute(
        f"select one.{quoted('sourcedId')}, coalesce(min(one.name), '') "
        f"from {quoted('canonical_orgs')} as one semi join tally on tally.school = one.{quoted('sourcedId')} "
        "group by 1 order by 1"
    )
    return Profile(
        dict(schools),
        {entity: tuple(groups) for entity, groups in tallies.items()},
        {
            entity: tuple(sorted(digests))
            for entity, digests in workspace.execute("select entity, list(digest) from sketch group by all")
        },
    )


def _compute(workspace: Workspace, delivery: Delivery) -> None:
    workspace.execute(
        "create table tally (entity varchar, school varchar, role varchar, grade varchar, rows bigint)"
    )
    workspace.execute("create table sketch (entity varchar, digest bigint)")
    for grouping in GROUPINGS:
        if delivery.delivers(grouping.entity):
            workspace.execute(_tally(grouping))
    sketches = [_sketch(entity) for entity in _with_own_ids() if delivery.delivers(entity.name)]
    if delivery.delivers("roles"):
        sketches += [_sketch_of(name, roles) for name, roles in PEOPLE.items()]
    if sketches:
        workspace.execute(f"insert into sketch {' union all '.join(f'({select})' for select in sketches)}")


def _tally(grouping: Grouping) -> str:
    """SQL: fill `tally` with the groups of one entity."""
    told = {_COLUMNS[name]: f"coalesce(one.{quoted(name)}, '')" for name in grouping.by}
    rows = f"(select *, 1 as rows from {quoted(f'canonical_{grouping.entity}')}) as one"
    if grouping.via:
        # Grouped before they are joined: there are far fewer classes than enrollments.
        reference = BY_NAME[grouping.entity].field(grouping.via).reference
        assert reference is not None
        own = ", ".join(quoted(name) for name in (grouping.via, *grouping.by[1:]))
        school = quoted(grouping.by[0])
        told["school"] = f"coalesce(other.{school}, '')"
        rows = (
            f"(select {own}, count(*) as rows from {quoted(f'canonical_{grouping.entity}')} group by all) "
            f"as one left join (select {quoted('sourcedId')} as id, min({school}) as {school} "
            f"from {quoted(f'canonical_{reference.entity}')} group by 1) as other "
            f"on other.id = one.{quoted(grouping.via)}"
        )
    columns = ", ".join(told.get(column, "''") for column in _COLUMNS.values())
    return (
        f"insert into tally select {literal(grouping.entity)}, {columns}, sum(one.rows) "
        f"from {rows} group by all"
    )


def _with_own_ids() -> Iterator[Entity]:
    """The entities whose key is an id of their own, not those of others."""
    return (
        entity for entity in ENTITIES if not any(field.reference for field in map(entity.field, entity.key))
    )


def _sketch(entity: Entity) -> str:
    """SQL: the smallest digests of the entity's ids."""
    (key,) = (quoted(name) for name in entity.key)
    return _smallest(entity.name, key, quoted(f"canonical_{entity.name}"))


def _sketch_of(name: str, roles: frozenset[str]) -> str:
    """SQL: the smallest digests of the ids of the users who have one of the roles."""
    listed = ", ".join(map(literal, sorted(roles)))
    source = f"(select userSourcedId from {quoted('canonical_roles')} where role in ({listed})) as held"
    return _smallest(name, "userSourcedId", source)


def _smallest(name: str, key: str, source: str) -> str:
    # As `diffing.digest_of`: 63 bits of MD5, which no version of DuckDB changes.
    digest = f"cast(md5_number({key}) & 9223372036854775807 as bigint)"
    rows = f"select {digest} as digest from {source} where {key} is not null"
    # The few smallest are found without comparing all; there are more of them, as some may be there twice.
    smallest = f"{rows} order by digest limit {2 * SKETCH_SIZE}"
    return (
        f"select distinct {literal(name)} as entity, digest from ({smallest}) as one "
        f"order by digest limit {SKETCH_SIZE}"
    )

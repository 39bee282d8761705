"""What part of a roster somebody asks about: a school, a class, a person, one entity."""

from dataclasses import dataclass

from cartable.model.entities import BY_NAME, ENTITIES, Entity, Field


@dataclass(frozen=True, slots=True)
class Scope:
    """A part of the roster; what is empty restricts nothing.

    Args:
        school, klass, user: by sourcedId.
        entity: by name.
    """

    school: str = ""
    klass: str = ""
    user: str = ""
    entity: str = ""

    @property
    def owners(self) -> tuple[tuple[Entity, str], ...]:
        """What the records must belong to: entities, each with the sourcedId of one of its records."""
        named = (("orgs", self.school), ("classes", self.klass), ("users", self.user))
        return tuple((BY_NAME[entity], value) for entity, value in named if value)

    @property
    def is_whole(self) -> bool:
        """Whether it restricts nothing."""
        return self == WHOLE

    def has(self, entity: Entity) -> bool:
        """Whether records of the entity are asked for."""
        return self.entity in ("", entity.name)


WHOLE = Scope()
"""All of it."""


def references(entity: Entity, target: Entity) -> tuple[Field, ...]:
    """The fields of an entity that name records of the target."""
    return tuple(
        field
        for field in entity.references
        if field.reference is not None and field.reference.entity == target.name
    )


def joining(one: Entity, other: Entity) -> Entity | None:
    """The entity whose key names a record of each: roles join people and organisations."""
    for entity in ENTITIES:
        named = {field.reference.entity for field in entity.references if field.reference}
        keys = {field.name for field in (*references(entity, one), *references(entity, other))}
        if {one.name, other.name} <= named and one is not other and keys <= set(entity.key):
            return entity
    return None


def owner_of(entity: Entity) -> Entity | None:
    """The entity that records of this one belong to; None for what belongs to the whole, and for people."""
    if not entity.belongs_by:
        return None
    reference = entity.field(entity.belongs_by).reference
    return BY_NAME[reference.entity] if reference else None


def is_named(entity: Entity) -> bool:
    """Whether a record has an identifier of its own, by which others name it."""
    return not any(entity.field(name).reference for name in entity.key)

"""The categories of grades that an installation offers to every class."""

from dataclasses import dataclass

from cartable.words import marked

PREFIX = "category-"
"""What the identifiers begin with: the same name has the same one in every installation."""


@dataclass(frozen=True, slots=True)
class Category:
    """A category.

    Args:
        id: its name for machines.
        title: its name for people.
        weight: its share of a grade, as OneRoster's 1.2 has it; None where nobody says.
    """

    id: str
    title: str
    weight: float | None = None

    @property
    def sourced_id(self) -> str:
        """What consumers know it by."""
        return PREFIX + self.id


DEFAULTS: tuple[Category, ...] = (
    Category("homework", marked("Homework")),
    Category("test", marked("Test")),
    Category("project", marked("Project")),
    Category("oral", marked("Oral")),
    Category("participation", marked("Participation")),
)
"""What is offered where nobody says otherwise; a line item without a category gets the first."""

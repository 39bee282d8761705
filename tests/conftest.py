"""What all tests share."""

import os

import pytest

pytest_plugins = ("tests.postgresql", "tests.speech", "tests.browsing")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Show what planning decides on one database; tests of sequences show it on both."""
    if os.environ.get("CARTABLE_DATABASES") == "all":
        return
    left = {item for item in items if item.get_closest_marker("planning") and _is_on_postgresql(item)}
    config.hook.pytest_deselected(items=[*left])
    items[:] = [item for item in items if item not in left]


def _is_on_postgresql(item: pytest.Item) -> bool:
    called = getattr(item, "callspec", None)
    return called is not None and "postgresql" in called.params.values()

# ruff: noqa: A005 (named after the room; tests is no root of modules)

"""Bring the message catalogues up to date: `.venv/bin/python scripts/messages.py`.

Collects every English template that is shown to people, adds the new ones to each catalogue without
a translation, and takes out those that are gone. A test fails while one is not translated.
"""

import ast
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).parents[1] / "src" / "cartable"

# Which arguments of which function are templates.
_SPEAKING = {"text": 1, "marked": 1, "counted": 2}

# Typer's own words, which it looks up with gettext.
_TYPER = ("default: {default}", "env var: {var}", "required")

Template = str | tuple[str, str]

# Babel's own header has dates and placeholders.
_HEADER = """\
# Words of Cartable in {name}.
msgid ""
msgstr ""
"Project-Id-Version: cartable\\n"
"Language: {language}\\n"
"Plural-Forms: {plurals}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


def templates() -> set[Template]:
    """Every template: a text, or a pair of singular and plural."""
    found: set[Template] = set(_TYPER)
    for path in (*SOURCE.rglob("*.py"), Path(__file__).with_name("docs.py")):
        found |= set(_in_module(ast.parse(path.read_text(encoding="utf-8"))))
    return found | set(_in_tables()) | set(_in_help())


def _in_module(module: ast.Module) -> Iterator[Template]:
    named = _constants(module)
    for node in ast.walk(module):
        if not isinstance(node, ast.Call):
            continue
        name, owner = _called(node.func)
        if owner not in ("", "words", "self", "super()"):
            continue
        if name == "counted":
            singular, plural = (_texts(argument, named) for argument in node.args[:2])
            yield from zip(singular, plural, strict=True)
        elif name in _SPEAKING:
            yield from _texts(node.args[0], named)
        elif name in _errors() or (name, owner) == ("__init__", "super()"):
            for argument in node.args[:2]:
                yield from filter(None, _texts(argument, named))
        elif name in ("progress", "on_progress") and node.args:
            yield from _texts(node.args[0], named)


def _called(function: ast.expr) -> tuple[str, str]:
    """Name of what is called, and what it is called on."""
    if isinstance(function, ast.Attribute):
        return function.attr, ast.unparse(function.value)
    return getattr(function, "id", ""), ""


def _errors() -> set[str]:
    from cartable import errors

    return {name for name, kind in vars(errors).items() if isinstance(kind, type)}


def _constants(module: ast.Module) -> dict[str, list[str]]:
    """Texts that a name stands for, wherever in the module it is assigned."""
    named: dict[str, list[str]] = {}
    for node in ast.walk(module):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            named.setdefault(node.targets[0].id, []).extend(_texts(node.value, {}))
    return named


def _texts(node: ast.expr, named: dict[str, list[str]]) -> list[str]:
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.IfExp():
            return _texts(node.body, named) + _texts(node.orelse, named)
        case ast.Name():
            return named.get(node.id, [])
    return []


def _in_tables() -> Iterator[str]:
    from cartable.model.receivers import RECEIVERS
    from cartable.rules.catalogue import RULES

    yield from (receiver.source for receiver in RECEIVERS.values())
    for rule in RULES.values():
        yield from filter(None, (*rule.templates, rule.source))


def _in_help() -> Iterator[str]:
    from typer.main import get_command

    from cartable.cli import modules  # noqa: F401 (registers the commands)
    from cartable.cli.program import app

    group: Any = get_command(app)
    yield group.subcommand_metavar
    for command in (group, *group.commands.values()):
        yield command.options_metavar
        parameters = command.get_params(command.context_class(command))
        told = [command.help, *(parameter.help for parameter in parameters)]
        yield from (" ".join(text.split()) for text in told if text)
        # What is in small letters stands for itself.
        named = (parameter.metavar for parameter in parameters)
        yield from (name for name in named if name and any(map(str.isupper, name)))


def main() -> None:
    """Update every catalogue."""
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import read_po

    current = Catalog()
    for template in templates():
        current.add(template)
    for path in SOURCE.glob("locale/*/LC_MESSAGES/*.po"):
        with path.open("rb") as file:
            catalogue = read_po(file, locale=path.parts[-3])
        # A near miss would be kept as the translation of another sentence.
        catalogue.update(current, no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        write(catalogue, path)
        missing = sum(1 for message in catalogue if message.id and not all(message.string or [""]))
        print(f"{path.relative_to(SOURCE)}: {len(catalogue)} messages, {missing} not translated")


def write(catalogue: Any, path: Path) -> None:
    """Write a catalogue, the same bytes for the same words."""
    from babel.messages.pofile import write_po

    body = io.BytesIO()
    write_po(body, catalogue, width=100, sort_output=True, omit_header=True)
    header = _HEADER.format(
        name=catalogue.locale.english_name, language=catalogue.locale, plurals=catalogue.plural_forms
    )
    path.write_bytes(header.encode() + body.getvalue().strip() + b"\n")


if __name__ == "__main__":
    main()

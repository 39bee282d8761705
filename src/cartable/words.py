"""The language that Cartable speaks with a person, and the words in it.

Messages are written in English where they arise, as templates with `{names}`; the template is the
key of its translation in the gettext catalogue. Values are put in after translation and once, so
that braces in somebody's data mean nothing.
"""

import gettext
from collections.abc import Mapping
from contextvars import ContextVar
from functools import cache
from pathlib import Path

DOMAIN = "cartable"
LANGUAGES = ("en", "fr")
LOCALE = Path(__file__).parent / "locale"

# One per thread and task, because a web server speaks several languages at once.
_spoken: ContextVar[str] = ContextVar("spoken", default="en")


class _Named(dict[str, object]):
    """Values by name; a name without a value stands for itself, so that a report never fails on a word."""

    def __missing__(self, name: str) -> str:
        return "{" + name + "}"


def chosen(environment: Mapping[str, str], asked: str | None = None) -> str:
    """The language to speak.

    Args:
        environment: where POSIX keeps the locale: `LC_ALL`, else `LC_MESSAGES`, else `LANG`.
        asked: what the person asked for; it wins.

    Returns:
        One of `LANGUAGES`; English where the locale names none of them.
    """
    locale = asked or next((found for name in _VARIABLES if (found := environment.get(name))), "")
    code = locale.replace("-", "_").split("_")[0].split(".")[0].lower()
    return code if code in LANGUAGES else "en"


_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")


def speak(language: str) -> None:
    """From here on, in this thread, speak this language (one of `LANGUAGES`)."""
    _spoken.set(language)


def language() -> str:
    """The language being spoken, one of `LANGUAGES`."""
    return _spoken.get()


def text(message: str, /, **values: object) -> str:
    """A message in the language being spoken.

    Args:
        message: English template; the key of its translation.
        values: what its names stand for.
    """
    # gettext answers the empty key with the catalogue's header.
    return _catalogue().gettext(message).format_map(_Named(values)) if message else ""


def marked(message: str, /) -> str:
    """The message itself: marks one that stands in a table and is translated where it is shown."""
    return message


def counted(singular: str, plural: str, number: int, /, **values: object) -> str:
    """A message that counts something, in the right plural of the language being spoken.

    Args:
        singular, plural: English templates; `{number}` stands for the number, written as the
            language writes it.
        number: how many.
        values: what the other names stand for.
    """
    template = _catalogue().ngettext(singular, plural, number)
    return template.format_map(_Named(values, number=figure(number)))


def figure(number: int) -> str:
    """A whole number as the language being spoken writes it: 12,345 or 12 345."""
    if abs(number) < 1000:  # alike in every language we speak, and Babel takes a tenth of a second
        return str(number)
    from babel.numbers import format_decimal

    return format_decimal(number, locale=language())


def share(number: float) -> str:
    """A number that may have a fraction, as the language being spoken writes it: 2.5 or 2,5."""
    if float(number).is_integer():
        return figure(int(number))
    from babel.numbers import format_decimal

    return format_decimal(number, locale=language())


@cache
def _translations(language: str) -> gettext.NullTranslations:
    # Where the catalogue was never compiled, English is spoken.
    return gettext.translation(DOMAIN, LOCALE, [language], fallback=True)


def _catalogue() -> gettext.NullTranslations:
    return _translations(language())

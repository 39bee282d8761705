"""Dates and days as spreadsheets write them, as regular expressions and SQL."""

from collections.abc import Iterator

from cartable.rules.characters import escaped

LOW = r"(?:0?[1-9]|1[0-2])"
"""A number that may be a month's or a day's."""

HIGH = r"(?:1[3-9]|2[0-9]|3[01])"
"""A number that is a day's alone."""

YEAR, SHORT_YEAR = "[0-9]{4}", "[0-9]{2}"
"""A year, whole and without its century."""

_TIME = r"(?: [0-9][0-9:.]*(?: ?[AaPp]\.?[Mm]\.?)?)?"

YEAR_FIRST = (
    rf"\A[0-9]{{4}}(?:[/.][0-9]{{1,2}}[/.][0-9]{{1,2}}{_TIME}|-[0-9]{{2}}-[0-9]{{2}} [0-9][0-9:.]*)\z"
)
"""A date with its year first, in another form than ISO 8601's."""

MONTH_NAMED = rf"\A[0-9]{{1,2}}[ -][^0-9,;/-]{{3,10}}[ -](?:{YEAR}|{SHORT_YEAR})\z"
"""A date with its month's name, in whatever language."""

# How spreadsheets that speak French, English and German name months in a day without a year. Others write
# them like words that an identifier may end with (mar, set, out).
_MONTHS = (
    *("janv Jan", "févr Feb", "mars Mar Mrz", "avr Apr", "mai May Mai", "juin Jun"),
    *("juil Jul", "août Aug", "sept Sep", "oct Oct Okt", "nov Nov", "déc Dec Dez"),
)
_NAMED = tuple((name, number) for number, names in enumerate(_MONTHS, start=1) for name in names.split())

DAY_MONTH = r"\A(?:0?[1-9]|[12][0-9]|3[01])(?:-|\. )(?:{})\.?\z".format(
    "|".join("".join(sign if sign.isascii() else escaped(sign) for sign in name) for name, _ in _NAMED)
)
"""A day of a month: what becomes of 6-1, which is taken for one."""


def in_figures(first: str, second: str, year: str = YEAR) -> str:
    """SQL: whether a value is a date in figures, its year last, the others being such numbers."""
    return rf"regexp_matches({{value}}, '\A{first}[/.-]{second}[/.-]{year}{_TIME}\z')"


def before_days() -> Iterator[str]:
    """SQL: what a day of a month may have been: 6-1, 1-6 or 6-01, with this sign or another."""
    names = ", ".join(f"'{name}'" for name, _ in _NAMED)
    day = r"regexp_replace(regexp_replace({value}, '[^0-9]', '', 'g'), '\A0', '', 'g')"
    name = "regexp_replace({value}, '[0-9. -]', '', 'g')"
    plain, padded = (
        f"map([{names}], [{', '.join(form.format(number) for _, number in _NAMED)}])[{name}]"
        for form in ("'{}'", "'{:02}'")
    )
    for sign in "-/.":
        for parts in ((day, plain), (plain, day), (day, padded)):
            yield f"concat_ws('{sign}', {', '.join(parts)})"

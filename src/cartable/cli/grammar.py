"""Typer's commands in the reader's language: usage, help, and what was called wrongly."""

from difflib import get_close_matches
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from cartable import words
from cartable.errors import UsageError
from cartable.model import limits

HELP = words.marked("{command} --help says how it is called.")


class Command(TyperCommand):
    """A command whose help is in the language being spoken and that says what it does not take."""

    allow_extra_args = True  # and `invoke` refuses them, in our words

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        """Write the usage line."""
        _write_usage(ctx, formatter, self.options_metavar, *(taken.metavar for taken in _arguments(self)))

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write what each argument and option means."""
        # Only now, since writing numbers takes time to load.
        limited = {name: words.figure(number) for name, number in limits.NUMBERS.items()}
        parameters: list[Any] = self.params
        for taken in parameters:
            taken.help = taken.help.format_map(limited)
        arguments = [(taken.metavar, taken.help) for taken in _arguments(self)]
        if arguments:
            with formatter.section(words.text("Arguments")):
                formatter.write_dl(arguments)
        _write_options(self, ctx, formatter)

    def invoke(self, ctx: Any) -> Any:
        """Run the command, unless there are arguments that it does not take."""
        if ctx.args:
            raise UsageError(
                "{command} takes no further argument {argument}.",
                HELP,
                command=ctx.command_path,
                argument=ctx.args[0],
            )
        return super().invoke(ctx)


class Group(TyperGroup):
    """The commands, likewise."""

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        """Write the usage line."""
        _write_usage(ctx, formatter, self.options_metavar, self.subcommand_metavar)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write what each option means, and each command."""
        _write_options(self, ctx, formatter)
        with formatter.section(words.text("Commands")):
            formatter.write_dl([(name, command.help) for name, command in self.commands.items()])

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that was named, by one word or two."""
        if " ".join(args[:2]) in self.commands and len(args) > 1:
            args = [" ".join(args[:2]), *args[2:]]
        if args[0] not in self.commands and not ctx.resilient_parsing:
            if begun := [name for name in self.commands if name.startswith(f"{args[0]} ")]:
                self._say_how_it_goes_on(ctx, args, begun)
            near = get_close_matches(args[0], self.commands, n=1)
            hint = "Did you mean {near}?" if near else "cartable --help lists the commands."
            raise UsageError("There is no command {name}.", hint, name=args[0], near="".join(near))
        return super().resolve_command(ctx, args)

    def _say_how_it_goes_on(self, ctx: Any, args: list[str], begun: list[str]) -> None:
        """Of commands of two words of which one was said."""
        if args[1:2] != ["--help"]:
            raise UsageError(
                "{name} alone does not say what to do.",
                "Write one of: {commands}.",
                name=args[0],
                commands=", ".join(f"cartable {name}" for name in begun),
            )
        formatter = ctx.make_formatter()
        _write_usage(ctx, formatter, args[0], self.subcommand_metavar)
        with formatter.section(words.text("Commands")):
            formatter.write_dl([(name, self.commands[name].help) for name in begun])
        typer.echo(formatter.getvalue(), nl=False)
        ctx.exit()

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was named."""
        if not ctx._protected_args:
            raise UsageError("No command was given.", "cartable --help lists the commands.")
        return super().invoke(ctx)


def command_of(app: typer.Typer) -> Any:
    """The command of an app, with its help in the language being spoken."""
    command = get_command(app)
    for part in (command, *getattr(command, "commands", {}).values()):
        _translate(part)
    return command


def misuse(exception: typer.TyperException) -> UsageError:
    """What Typer says was called wrongly, in our words."""
    command = getattr(getattr(exception, "ctx", None), "command_path", "cartable")
    option = getattr(exception, "option_name", "")
    # Typer keeps these exceptions private: they are told apart by their names.
    match type(exception).__name__:
        case "MissingParameter":
            return UsageError("{name} is missing.", HELP, name=_name(exception), command=command)
        case "NoSuchOption":
            # The closest comes first; the short names of others are never far from any.
            near = next(iter(getattr(exception, "possibilities", None) or ()), "")
            hint = "Did you mean {near}?" if near else HELP
            return UsageError("There is no option {option}.", hint, option=option, near=near, command=command)
        case "BadOptionUsage":
            return UsageError(
                "{option} lacks its value, or takes none.", HELP, option=option, command=command
            )
    reason = exception.format_message()
    return UsageError("The command was called wrongly: {reason}", HELP, reason=reason, command=command)


def _name(exception: typer.TyperException) -> str:
    parameter: Any = getattr(exception, "param", None)
    return parameter.metavar if parameter.param_type_name == "argument" else " / ".join(parameter.opts)


def _arguments(command: Any) -> list[Any]:
    return [parameter for parameter in command.params if parameter.param_type_name == "argument"]


def _write_usage(ctx: Any, formatter: Any, *pieces: str | None) -> None:
    formatter.write_usage(ctx.command_path, " ".join(filter(None, pieces)), prefix=words.text("Usage: "))


def _write_options(command: Any, ctx: Any, formatter: Any) -> None:
    options = [taken for taken in command.get_params(ctx) if taken.param_type_name == "option"]
    with formatter.section(words.text("Options")):
        formatter.write_dl([option.get_help_record(ctx) for option in options])


def _translate(command: Any) -> None:
    command.help = words.text(_line(command.help))
    command.options_metavar = words.text(command.options_metavar)
    if isinstance(command, TyperGroup):
        command.subcommand_metavar = words.text(command.subcommand_metavar)
    context = command.context_class(command)
    for parameter in command.get_params(context):
        parameter.help = words.text(_line(parameter.help))
        # Flags have none, and what stands for itself (fr|en) is the same in every language.
        parameter.metavar = parameter.metavar and words.text(parameter.metavar)
        # Typer would load pydantic, a quarter of a short check's time, to call our own parsers.
        parameter._runtime_param = _Taken(parameter.type_descriptor)


class _Taken:
    """Reads a parameter's values with the parser that was declared for it, or with its type."""

    def __init__(self, declared: Any) -> None:
        self._is_list = declared.is_list
        self._parse = declared.parameter_info.parser or (str if self._is_list else declared.annotation)

    def coerce(self, value: Any, **_context: Any) -> Any:
        """The value of the parameter; None where it was not given."""
        if value is None:
            return None
        return [self._parse(item) for item in value] if self._is_list else self._parse(value)


def _line(told: str | None) -> str:
    return " ".join((told or "").split())

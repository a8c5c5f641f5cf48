"""The one exception of this package: every problem of a settings file at once."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong, with its place (`file:line` where known, else the key path) and a hint."""

    place: str
    key: str
    what: str
    hint: str = ""

    def __str__(self) -> str:
        key = f"{self.key}: " if self.key else ""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{self.place}: {key}{self.what}{hint}"


class ConfigError(Exception):
    """The settings cannot be used. Its text is one line per problem."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems

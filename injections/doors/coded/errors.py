"""What cannot be read at all: every problem of a resource at once, each with its place."""

from collections.abc import Iterable

from injections.safety.reading.reader import Problem


class CodedError(ValueError):
    """A resource cannot be used; `problems` holds all that is wrong, each at a JSON pointer such as #/start."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(map(str, self.problems)))

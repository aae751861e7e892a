"""The batch check: one JSON object a line in, one a line out, in order. It needs no database and no settings.

A line that cannot be read gives {"id": …, "error": "<what and where>"}; the others are judged all the same. Empty lines
at the end are skipped. A line is read, judged, answered and forgotten, so that no file is too long. Whoever starts it
may bring what answers lines of other kinds than our own, such as FHIR Bundles.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import repeat
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO, Final, TextIO

from injections.safety.assess import assess
from injections.safety.policy import Policy, PolicyError, clinic_policy
from injections.safety.reading.parse import parse_facts
from injections.safety.reading.reader import Problem, Reader
from injections.safety.reading.strict_json import JsonError, loads

USAGE: Final = "usage: manage.py assess FILE    (or - for standard input)"
LONGEST_LINE_BYTES: Final = 16 * 1024 * 1024
ALL_GOOD, SOME_BAD, NOT_STARTED = 0, 1, 2
_MOST_PROBLEMS_SHOWN: Final = 20

OtherLines = Mapping[str, Callable[[dict[str, object], Policy], dict[str, object]]]
"""What answers the lines whose `resourceType` is this one. It raises BadLine."""
_NO_OTHERS: Final[OtherLines] = MappingProxyType({})


class BadLine(ValueError):
    """A line that cannot be assessed: what is wrong and where, with its id as far as that could be read."""

    def __init__(self, reason: str, line_id: str | int | None = None) -> None:
        super().__init__(reason)
        self.line_id = line_id


def main(
    argv: Sequence[str],
    stdin: BinaryIO | None = None,
    stdout: TextIO | None = None,
    stderr: TextIO | None = None,
    environ: Mapping[str, str] | None = None,
    *,
    others: OtherLines = _NO_OTHERS,
) -> int:
    """Run the batch check on one file.

    Returns 0 when every line was assessed, 1 when any was bad, 2 when it could not start: no such file, or a
    threshold in the environment that would loosen the rules.
    """
    stdin, stdout, stderr = stdin or sys.stdin.buffer, stdout or sys.stdout, stderr or sys.stderr
    if len(argv) != 1 or argv[0] in ("-h", "--help"):
        print(USAGE, file=stderr)
        return ALL_GOOD if "--help" in argv or "-h" in argv else NOT_STARTED
    with ExitStack() as stack:
        try:
            policy = clinic_policy(os.environ if environ is None else environ)
            source = stdin if argv[0] == "-" else stack.enter_context(Path(argv[0]).open("rb"))
        except (PolicyError, OSError) as error:
            print(f"assess: {error}", file=stderr)
            return NOT_STARTED
        return run(source, stdout, policy=policy, others=others)


def run(source: BinaryIO, target: TextIO, *, policy: Policy, others: OtherLines = _NO_OTHERS) -> int:
    """Assess every line of `source`, but for empty ones at its end. Returns 0, or 1 when any line was bad."""
    result = ALL_GOOD
    for line in _without_empty_end(_lines(source)):
        try:
            answer = answer_to(line, policy=policy, others=others)
        except BadLine as error:
            answer, result = {"id": error.line_id, "error": str(error)}, SOME_BAD
        target.write(json.dumps(answer) + "\n")
    target.flush()
    return result


def answer_to(line: bytes, *, policy: Policy, others: OtherLines = _NO_OTHERS) -> dict[str, object]:
    """The answer to one line. Raises BadLine."""
    value = _decoded(line)
    if isinstance(value, dict) and (other := others.get(str(value.get("resourceType")))) is not None:
        return other(value, policy)
    problems: list[Problem] = []
    reader = Reader(value, "#", problems)
    line_id = _line_id(reader)
    facts = parse_facts(reader, policy.zone) if reader.is_object else None
    reader.done()
    if problems or facts is None:
        raise BadLine(in_words(problems), line_id)
    return {"id": line_id} | assess(facts, policy=policy).as_dict()


def _decoded(line: bytes) -> object:
    if len(line) > LONGEST_LINE_BYTES:
        raise BadLine(f"the line is longer than {LONGEST_LINE_BYTES} bytes")
    try:
        return loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise BadLine(f"not UTF-8 at byte {error.start + 1}") from None
    except JsonError as error:
        raise BadLine(str(error), _line_id(Reader(error.value, "#", []))) from None


def _line_id(reader: Reader) -> str | int | None:
    """The id as it was sent, text or a whole number."""
    value = reader.raw("id", required=True)
    if isinstance(value, str | int) and not isinstance(value, bool) and value != "":
        return value
    if value is not None:
        reader.note("id", "must be text or a whole number")
    return None


def in_words(problems: Sequence[Problem]) -> str:
    """Problems as one sentence, the first twenty of them and how many more there are."""
    shown = "; ".join(map(str, problems[:_MOST_PROBLEMS_SHOWN]))
    more = len(problems) - _MOST_PROBLEMS_SHOWN
    return f"{shown}; and {more} more" if more > 0 else shown


def _lines(source: BinaryIO) -> Iterator[bytes]:
    """The lines without their ends. A line over the limit is cut, so that it fails without filling the
    memory.
    """
    is_first = True
    while line := source.readline(LONGEST_LINE_BYTES + 2):
        rest = line
        while rest and not rest.endswith(b"\n"):
            rest = source.readline(LONGEST_LINE_BYTES)
        yield (line.removeprefix(b"\xef\xbb\xbf") if is_first else line).rstrip(b"\r\n")
        is_first = False


def _without_empty_end(lines: Iterator[bytes]) -> Iterator[bytes]:
    """The lines without the empty ones at the end; an empty one before others stands."""
    empty = 0
    for line in lines:
        if not line:
            empty += 1
            continue
        yield from repeat(b"", empty)
        empty = 0
        yield line


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

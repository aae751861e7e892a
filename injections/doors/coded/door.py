"""`manage.py assess`: the batch check (`injections/safety/batch.py`), with lines that are FHIR Bundles judged too."""

import os
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import BinaryIO, Final, TextIO

from injections.safety import batch
from injections.safety.policy import Policy


def main(
    argv: Sequence[str],
    stdin: BinaryIO | None = None,
    stdout: TextIO | None = None,
    stderr: TextIO | None = None,
    environ: Mapping[str, str] | None = None,
) -> int:
    """Run the batch check on one file. Returns 0 when every line was assessed, 1 when any was bad, 2 when it could not
    start.
    """
    return batch.main(argv, stdin, stdout, stderr, os.environ if environ is None else environ, others=OTHER_LINES)


def _bundle(value: dict[str, object], policy: Policy) -> dict[str, object]:
    from injections.doors.coded.bundles import answer_to_bundle  # noqa: PLC0415 - lines of our own never load FHIR's classes

    return answer_to_bundle(value, policy)


OTHER_LINES: Final[batch.OtherLines] = MappingProxyType({"Bundle": _bundle})
"""The kinds of lines beside our own, by their resourceType."""

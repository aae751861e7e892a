"""A command that goes on until it is ended, as `make demo` does."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.documents.commands import UNTIL
from tests.documents.markdown import Code

OPEN_SECONDS, END_SECONDS = 600, 120
"""The most that a demo may take to open and to end; with nothing else to do about 30 and 5."""


@contextmanager
def until_it_says(block: Code, clone: Path, shell: Mapping[str, str]) -> Iterator[None]:
    """Started, and inside once it has said its words; stopped afterwards as by whoever closes the terminal, and waited
    for until all of it has closed its output.
    """
    words, said = block.mark.removeprefix(UNTIL), list[str]()
    child = subprocess.Popen(
        ["sh", "-e", "-c", block.text],
        cwd=clone,
        env=dict(shell),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert child.stdout is not None
    reader = threading.Thread(target=said.extend, args=(child.stdout,), daemon=True)
    reader.start()
    try:
        began = time.monotonic()
        while not any(words in line for line in said):
            assert reader.is_alive(), "".join(said)[-2000:]
            assert time.monotonic() - began < OPEN_SECONDS, "".join(said)[-2000:]
            time.sleep(0.5)
        yield
    finally:
        with suppress(ProcessLookupError):  # it ended by itself
            os.killpg(child.pid, signal.SIGTERM)
        child.wait(END_SECONDS)
        reader.join(END_SECONDS)
        assert not reader.is_alive(), "it does not end"
        child.stdout.close()

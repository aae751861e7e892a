"""Child processes with a clean end: none outlives the process that started it."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pht_clinic.demo.running import DemoError

LAUNCH = Path(__file__).with_name("launch.py")
POLL_SECONDS = 0.02


@dataclass
class Child:
    """One program, its log file, and how it is asked to end.

    `uid` None keeps the present user. Started from the main thread it gets `gentle` the moment this process
    dies. The pid is kept in `pid_file`, if given, so that the next start can end what a system without that
    service left.
    """

    name: str
    command: Sequence[str]
    log: Path
    env: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    cwd: Path | None = None
    uid: int | None = None
    gentle: signal.Signals = signal.SIGTERM
    gentle_seconds: float = 10.0
    pid_file: Path | None = None
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _log_began: int = field(default=0, init=False)

    @property
    def pid(self) -> int:
        """The program's process id; only while it runs."""
        if self.process is None:
            raise DemoError(f"{self.name} is not running.")
        return self.process.pid

    def start(self) -> "Child":
        """Start it, and return at once; `wait_until` waits for it to be of use."""
        if self.pid_file is not None:
            end_leftover(self.pid_file)
        # The kernel watches the starting thread, not the process: a passing thread must not end the child.
        watched = threading.current_thread() is threading.main_thread()
        with self.log.open("ab") as log:
            self._log_began = log.tell()
            self.process = subprocess.Popen(
                launched(self.command, self.gentle if watched else None, self.uid),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=dict(self.env),
                cwd=self.cwd,
                start_new_session=True,  # Ctrl-C reaches the starter alone, which ends all in order
            )
        if self.pid_file is not None:
            self.pid_file.write_text(f"{self.process.pid}\n{' '.join(self.command)}")
        return self

    def is_running(self) -> bool:
        """Whether the program has been started and has not ended."""
        return self.process is not None and self.process.poll() is None

    def wait_until(self, is_ready: Callable[[], bool], *, seconds: float) -> None:
        """Wait until it is of use; stop it if that takes too long.

        Raises: DemoError (it ends or is not ready in time, with the last line of its log).
        """
        deadline = time.monotonic() + seconds
        while not is_ready():
            if not self.is_running():
                raise DemoError(f"{self.name} did not start: {self.last_words()} (log: {self.log})")
            if time.monotonic() > deadline:
                self.stop()
                raise DemoError(f"{self.name} was not ready after {seconds:.0f} seconds (log: {self.log})")
            time.sleep(POLL_SECONDS)

    def finish(self, *, seconds: float) -> int:
        """Wait until it ends by itself, and return its exit code.

        Raises: DemoError (it does not end in time; it is stopped then).
        """
        if self.process is None:
            raise DemoError(f"{self.name} is not running.")
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.stop()
            raise DemoError(f"{self.name} took longer than {seconds:.0f} seconds (log: {self.log})") from None

    def stop(self) -> None:
        """Ask it to end, wait, and insist; safe to call at any time and more than once."""
        process = self.process
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(self.gentle)
        try:
            process.wait(self.gentle_seconds)
        except subprocess.TimeoutExpired:
            self._kill_group()
            process.wait()
        self._kill_group()  # what it may have left in its session
        self._forget()

    def kill(self) -> None:
        """End it as a power cut would (SIGKILL), with everything in its session."""
        if self.process is not None:
            self._kill_group()
            self.process.wait()
            self._forget()

    def said(self) -> str:
        """What the program has logged since it was last started."""
        with self.log.open("rb") as log:
            log.seek(self._log_began)
            return log.read().decode(errors="replace")

    def last_words(self) -> str:
        """The last line of words that the program logged; not the pointing at a place that may follow it."""
        lines = self.log.read_text(errors="replace").split("\n") if self.log.exists() else []
        words = (line.strip() for line in reversed(lines) if re.search(r"\w", line))
        return next((line for line in words if not line.startswith(("LINE ", "HINT:"))), "it said nothing")

    def _kill_group(self) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)

    def _forget(self) -> None:
        self.process = None
        if self.pid_file is not None:
            self.pid_file.unlink(missing_ok=True)


def launched(program: Sequence[str], dying: signal.Signals | None, uid: int | None) -> list[str]:
    """The command that runs a program as `uid` and sends it the signal `dying` when this process dies."""
    launcher = [sys.executable, "-I", "-S", str(LAUNCH), str(os.getpid())]
    return [*launcher, str(int(dying or 0)), str(-1 if uid is None else uid), *program]


def end_leftover(pid_file: Path, *, seconds: float = 15.0) -> None:
    """End the process that an earlier start, itself killed, left behind; only if it still is that command."""
    try:
        pid_text, command = pid_file.read_text().split("\n", 1)
        pid = int(pid_text)
    except (FileNotFoundError, ValueError):
        return
    deadline = time.monotonic() + seconds
    while command_line_of(pid) == command and time.monotonic() < deadline:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGTERM)
        time.sleep(0.1)
    pid_file.unlink(missing_ok=True)


def command_line_of(pid: int) -> str:
    """The command line of a process, empty when there is no such process."""
    proc = Path("/proc")
    if (proc / "self").exists():
        try:
            return (proc / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        except OSError:
            return ""
    shown = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return shown.stdout.strip()


def is_alive(pid: int) -> bool:
    """Whether any process has this id."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True

"""Starts one program so that it cannot outlive its starter; a script that needs the standard library only.

    python launch.py STARTER_PID SIGNAL UID PROGRAM ARGUMENT…

On Linux the kernel sends SIGNAL to the program when its starter dies, however it dies (elsewhere the next
start ends what was left, see `processes.py`). UID -1 keeps the present user. This is a program of its own
because code between fork and exec is not safe in a process with threads, and because the new user may not be
able to enter the folder in which Python lies.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1
NOT_STARTED = 126


def main(starter: int, signal: int, uid: int, program: list[str]) -> None:
    """Become the program; never returns."""
    if uid >= 0:
        os.setgroups([])
        os.setgid(uid)
        os.setuid(uid)
    # After the change of user, which would clear it.
    if signal and sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0)
        if os.getppid() != starter:  # it died before the kernel was asked
            sys.exit(NOT_STARTED)
    try:
        os.execvp(program[0], program)  # noqa: S606 - the starter's own command, no shell wanted
    except OSError as error:
        sys.stderr.write(f"{program[0]} cannot run: {error.strerror}\n")
        sys.exit(NOT_STARTED)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])

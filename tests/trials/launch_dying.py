"""Starts one of the clinic's programs so that it kills itself where a trial wants, for R7.

    python -m tests.trials.launch_dying MODULE ARGUMENT…

The file named by DIE_WHERE says where: "before-commit" or "after-commit" of a transaction, or at the "answer", when all
that the request writes is committed and the response has not left. Whichever process removes that file dies there by
SIGKILL, and no other; never while it starts, which answers nobody. The product knows nothing of it.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import django


def die(where: str) -> None:
    """Die here, if this is where the file says and nobody else did."""
    order = Path(os.environ["DIE_WHERE"])
    try:
        if order.read_text() != where:
            return
        order.unlink()
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


def plant() -> None:
    """Put the three places into the product's way, in this process's memory."""
    from django.db.backends.base.base import BaseDatabaseWrapper

    from pht_clinic.web.middleware import Envelope

    commit, answer = BaseDatabaseWrapper._commit, Envelope.__call__
    is_asked = ContextVar("is_asked", default=False)

    def deadly_commit(self: Any) -> Any:
        if not is_asked.get():
            return commit(self)
        die("before-commit")
        done = commit(self)
        die("after-commit")
        return done

    def deadly_answer(self: Any, request: Any) -> Any:
        is_asked.set(request.method == "POST")
        response = answer(self, request)
        if request.method == "POST":
            die("answer")
        is_asked.set(False)
        return response

    BaseDatabaseWrapper._commit = deadly_commit
    Envelope.__call__ = deadly_answer


def main(module: str, arguments: list[str]) -> None:
    """Run `python -m module arguments…`, ready to die."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pht_clinic.settings")
    django.setup()
    plant()
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])

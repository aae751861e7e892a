"""Sending messages against a raw smtplib loop and django-post-office, and under the same kills."""

import sys
from collections.abc import Callable

from bench import measure, outbox
from bench.house import house
from bench.kills import killed
from bench.mails.killed_sender import A_ROUND as A_KILL
from bench.outbox import CONNECTIONS, Run, make_due, run, senders

ROUNDS, A_ROUND = 4, 2_500
KILLS = 10
SENDERS = {
    "ours": "the outbox: each claimed, written, handed over and recorded",
    "raw": "smtplib, each message built by the standard library",
    "ready": "smtplib, nothing built, the bytes made beforehand",
    "rendering": "django-post-office, rendering when it sends",
    "stored": "django-post-office, rendered beforehand",
}
POST_OFFICE = ("rendering", "stored")


def main() -> None:
    """Prepare the messages, let them be sent in turn, then kill whoever sends."""
    outbox.MESSAGES = ROUNDS * A_ROUND + KILLS * A_KILL
    with house() as found:
        sink = found.start("sink", [sys.executable, "-m", "bench.mails.sink", str(found.smtp_port)])
        env = outbox.environment(found)
        outbox.prepare(found, env)
        measure.say_machine()
        _in_turn(env)
        sink.stop()
        for how in ("ours", *POST_OFFICE):
            killed(how, KILLS, env)


def _in_turn(env: dict[str, str]) -> None:
    runs: dict[str, list[Run]] = {}

    def contender(how: str) -> Callable[[], float]:
        commands = senders(how, A_ROUND)
        if how in POST_OFFICE:
            commands = [["bench.mails.post_office_sender", str(CONNECTIONS), str(A_ROUND), how]]

        def timed() -> float:
            if how == "ours":
                make_due(A_ROUND)
            runs.setdefault(how, []).append(run(commands, env, A_ROUND))
            return runs[how][-1].seconds

        return timed

    found = measure.interleaved({name: contender(name) for name in SENDERS}, rounds=ROUNDS, warm_up=False)
    cpu = {name: measure.Sample(tuple(run.cpu_seconds for run in runs[name])) for name in SENDERS}
    what = f"Messages: {A_ROUND:,} in a round, {CONNECTIONS} processes with a kept connection each"
    _compare(what, found)
    _compare(f"{what}; processor time of senders, database and sink", cpu, "… by processor time, ")


def _compare(about: str, sample: dict[str, measure.Sample], by: str = "") -> None:
    measure.say_about(about)
    for name, what in SENDERS.items():
        measure.say_time(what, sample[name])
    ours = sample["ours"]
    measure.say_ratio(f"{by}of smtplib's messages a second, built", sample["raw"] / ours, at_least=0.5)
    measure.say_ratio(f"{by}of smtplib's messages a second, ready bytes", sample["ready"] / ours)
    measure.say_ratio(f"{by}of django-post-office's, rendering as we do", sample["rendering"] / ours, at_least=1.0)
    measure.say_ratio(f"{by}of django-post-office's, rendered beforehand", sample["stored"] / ours, at_least=1.0)

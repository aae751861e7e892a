"""What is lost and what arrives twice under the same 50 kills: the outbox and django-post-office."""

import json
import subprocess
import sys
from typing import Final

from bench import measure, outbox, record
from bench.house import house
from bench.mails.killed_sender import A_ROUND

KILLS: Final = 50
LEASE_SECONDS: Final = 2
SHORT_LEASES: Final = {
    "OUTBOX_LEASE_SECONDS": str(LEASE_SECONDS),
    "OUTBOX_MESSAGE_SECONDS": "60",
    "EMAIL_TIMEOUT": "600",
}
CONTENDERS: Final = {
    "ours": f"the outbox, leases of {LEASE_SECONDS} s",
    "rendering": "django-post-office, rendering when it sends",
    "stored": "django-post-office, rendered beforehand",
}


def main() -> None:
    """Prepare as many messages as are sent, and let each contender be killed."""
    outbox.MESSAGES = KILLS * A_ROUND
    with house() as found:
        env = outbox.environment(found)
        outbox.prepare(found, env)
        measure.say_machine()
        for how in CONTENDERS:
            killed(how, KILLS, env)


def killed(how: str, kills: int, env: dict[str, str]) -> None:
    """One contender, so many times, each in the middle of its messages."""
    command = [sys.executable, "-m", "bench.mails.killed_sender", how, str(kills)]
    ended = subprocess.run(command, env={**env, **SHORT_LEASES}, check=True, stdout=subprocess.PIPE, text=True)
    told = json.loads(ended.stdout.splitlines()[-1])
    assert not told["strangers"], "a copy came under another Message-ID"
    measure.say_about(f"Messages: {kills} kills, {A_ROUND} in each: {CONTENDERS[how]}")
    measure.say_number("lost", told["lost"], at_most=0 if how == "ours" else None)
    measure.say_number("arrived more than once", told["doubled"], at_most=kills if how == "ours" else None)
    measure.say_number("most copies of one", told["most_copies"], at_most=2 if how == "ours" else None)
    measure.say_time("longest until nothing waited", measure.Sample((told["slowest_seconds"],)))


if __name__ == "__main__":
    with record.of("kills"):
        main()

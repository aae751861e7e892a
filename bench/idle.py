"""How long one message takes from being due to being handed over, where nothing else is to be done."""

import random
import sys
import time
from typing import Final

from bench import measure, outbox, record
from bench.house import house
from pht_clinic.demo import services

COUNT: Final = 30
MOST_SECONDS: Final = 6.0


def main() -> None:
    """A worker, beat and one message after the other, each due at a moment of its own."""
    outbox.MESSAGES = COUNT
    with house(with_broker=True) as found:
        found.start("sink", [sys.executable, "-m", "bench.mails.sink", str(found.smtp_port)])
        env = outbox.environment(found)
        outbox.prepare(found, env)
        worker = services.worker(env=env, log=found.folder / "worker.log", concurrency=1)
        beat = services.beat(env=env, log=found.folder / "beat.log")
        for child in (worker, beat):
            found.ends.callback(child.stop)
            child.start()
        services.wait_for_worker(worker)
        measure.say_machine()
        waited = [_one(pk) for pk in _numbers()]
    measure.say_about(f"{COUNT} messages, each alone, by a worker and beat; from due to handed over")
    measure.say_time("each", measure.Sample(tuple(waited)))
    measure.say_time("the slowest", measure.Sample((max(waited),)), at_most=MOST_SECONDS)


def _numbers() -> list[int]:
    from scheduling.models import Message

    return list(Message.objects.filter(status="queued").order_by("pk").values_list("pk", flat=True))


def _one(number: int) -> float:
    """Seconds from its due time to just before its content left."""
    from pht_clinic import clock
    from scheduling.models import Message

    time.sleep(random.uniform(0, 5))
    due_at = clock.now()
    Message.objects.filter(pk=number).update(due_at=due_at)
    while not (at := Message.objects.values_list("handed_over_at", flat=True).get(pk=number)):
        time.sleep(0.05)
    return (at - due_at).total_seconds()


if __name__ == "__main__":
    with record.of("idle"):
        main()

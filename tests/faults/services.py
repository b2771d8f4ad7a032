"""PostgreSQL and Redis are stopped, killed and frozen, under two web processes."""

import asyncio
import random
import signal
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path

from tests.chaos.servers import Served
from tests.faults.kills import ask_for_book
from tests.faults.scene import Outcome, Scene, scene, signal_all
from tests.services import Postgres, Redis, Service, running_postgres, running_redis

AWAY_SECONDS = 4.0
Event = Callable[[Postgres, Redis], Awaitable[None]]


async def stop_and_start(service: Postgres | Redis, number: int) -> None:
    """End a service by this signal, and start it a few seconds later."""
    assert service.process
    if number == signal.SIGKILL:
        signal_all(number, service.process)
    else:
        service.process.send_signal(number)
    await asyncio.to_thread(service.process.wait, service.stop_seconds)
    service.process = None
    await asyncio.sleep(AWAY_SECONDS)
    await asyncio.to_thread(service.start)


async def freeze(service: Service) -> None:
    assert service.process
    signal_all(signal.SIGSTOP, service.process)
    await asyncio.sleep(AWAY_SECONDS)
    signal_all(signal.SIGCONT, service.process)


EVENTS: dict[str, Event] = {
    "PostgreSQL stopped": lambda postgres, redis: stop_and_start(postgres, signal.SIGINT),
    "PostgreSQL stopped at once": lambda postgres, redis: stop_and_start(postgres, signal.SIGQUIT),
    "PostgreSQL killed": lambda postgres, redis: stop_and_start(postgres, signal.SIGKILL),
    "PostgreSQL frozen": lambda postgres, redis: freeze(postgres),
    "Redis killed": lambda postgres, redis: stop_and_start(redis, signal.SIGKILL),
    "Redis frozen": lambda postgres, redis: freeze(redis),
}


async def run(
    outcome: Outcome, home: Path, rounds: int, *, events: tuple[str, ...] = tuple(EVENTS), book: bool = True
) -> None:
    with ExitStack() as stack:
        postgres = stack.enter_context(running_postgres(is_durable=True))
        redis = stack.enter_context(running_redis())
        shared = {
            "DATABASE_URL": postgres.url, "REDIS_URL": redis.url, "FORUM_MEDIA": str(home / "media"),
            "SECRET_KEY": "the same for both processes", "PUBLIC_URL": "http://forum.example",
            "ALLOWED_HOSTS": "127.0.0.1",
        }  # fmt: skip
        servers = [Served(home / str(n), **shared) for n in (1, 2)]
        async with scene(outcome, home, stack, servers, database_url=postgres.url) as day:
            for name in events * rounds:
                await interrupt(day, name, postgres, redis)
            await day.writers.pause()
            if book:
                await ask_for_book(day)
            day.check_stored()


async def interrupt(day: Scene, name: str, postgres: Postgres, redis: Redis) -> None:
    await asyncio.sleep(random.uniform(0.2, 1.5))
    await EVENTS[name](postgres, redis)
    ended_at = time.monotonic()
    day.outcome.count(name)
    await day.writers.pause()
    day.outcome.keep_worst("all acknowledged after, s", time.monotonic() - ended_at)
    await day.check_phones(ended_at, name)
    day.writers.go_on()

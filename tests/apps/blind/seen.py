"""Everything there is to see of one world."""

from __future__ import annotations

import json
from dataclasses import dataclass

from django.conf import settings
from kombu import Connection
from redis import Redis

from config.celery import app
from config.env import redis_url
from tests.apps.blind import planted, worlds
from tests.apps.blind.record import Answers, tables
from tests.apps.blind.story import Telling
from tests.apps.blind.walk import LOOKED_AT, Walk
from tests.apps.randomization.worlds import sealed


@dataclass(frozen=True)
class Seen:
    """One world: what was told, logged, queued, answered and kept; the report by arm; what the reader of an envelope
    was told; and planted leaks.
    """

    arms: dict[str, str]
    heard: Answers
    by_right: list[bytes]
    told_once: list[bytes]
    logs: Answers
    queue: Answers
    answers: Answers
    rows: Answers
    rows_after: Answers
    planted: dict[str, Answers]


def see(telling: Telling) -> Seen:
    """Look at everything, and last plant leaks."""
    heard, logs = Answers(), Answers()
    for what, said in telling.heard:
        heard.add(what, said)
    for what, lines in telling.logged:
        logs.add(what, "\n".join(lines).encode())
    truth, rows = worlds.arms(), tables()
    answers = Walk(telling).all()
    return Seen(
        arms={name: truth[one.pk] for name, one in telling.people.items() if one.pk in truth},
        heard=heard,
        by_right=[
            bytes(content) for (content,) in sealed("SELECT content FROM sealed.report_file ORDER BY name")
        ],
        told_once=telling.told_once,
        logs=logs,
        queue=queued(telling),
        answers=answers,
        rows=rows,
        rows_after=tables(),
        planted=planted.leaks(telling, truth[telling.people[LOOKED_AT[0]].pk]),
    )


def queued(telling: Telling) -> Answers:
    """What the clock sends through a real Redis, and every key that is left there."""
    found, prefix = Answers(), f"blind-{telling.chance.uuid()}-"
    first, *_ = entries = sorted(app.conf.beat_schedule.items())
    address = redis_url()
    with Redis.from_url(address) as redis:
        with Connection(app.conf.broker_url, transport_options={"global_keyprefix": prefix}) as broker:
            for name, entry in (first, *entries):  # the first once more: it opens what the others find open
                telling.chance.seed(f"queue {name}")
                app.send_task(entry["task"], connection=broker, **entry["options"])
                if not found.kept:
                    redis.delete(*redis.scan_iter(f"{prefix}*"))
                found.add(name, json.dumps(entry, sort_keys=True, default=repr).encode())
        for key in sorted(redis.scan_iter(f"{prefix}*")):
            kind = redis.type(key)
            value = (
                redis.lrange(key, 0, -1)
                if kind == b"list"
                else sorted(redis.smembers(key))
                if kind == b"set"
                else kind
            )
            found.add(f"redis {key.decode().removeprefix(prefix)}", repr(value).encode())
            redis.delete(key)
    assert settings.CACHES["default"]["BACKEND"].endswith("LocMemCache")
    return found

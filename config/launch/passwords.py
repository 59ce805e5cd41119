"""Passwords and keys made by chance on first start and kept in files that only the starting user can read."""

import os
import secrets
from pathlib import Path


def secret(directory: Path, name: str) -> str:
    """The secret of this name, made on first use (43 characters, 256 bits), mode 0600."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = directory / name
    if not file.exists() or not file.read_text().strip():
        unfinished = directory / f".{name}.{os.getpid()}"
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as stream:
            stream.write(secrets.token_urlsafe(32) + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        unfinished.rename(file)
    return file.read_text().strip()

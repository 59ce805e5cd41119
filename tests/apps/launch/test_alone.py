"""One Vigil for each directory; a taken port is a sentence."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from config.launch import Unstartable
from config.launch.alone import only_one, port_check


def test_a_second_start_names_the_process_that_runs(tmp_path: Path) -> None:
    with (
        only_one(tmp_path),
        pytest.raises(Unstartable, match=rf"already running here \(process {os.getpid()}\)"),
        only_one(tmp_path),
    ):
        pytest.fail("two at once")


def test_a_stopped_run_leaves_no_trace_and_a_killed_one_is_noticed(tmp_path: Path) -> None:
    with only_one(tmp_path) as was_killed:
        assert not was_killed
    with only_one(tmp_path) as was_killed:
        assert not was_killed
    code = (
        "import os, sys; from pathlib import Path; from config.launch.alone import only_one\n"
        "with only_one(Path(sys.argv[1])): os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    with only_one(tmp_path) as was_killed:
        assert was_killed


def test_a_taken_port_is_refused_with_another_to_try(free_port: int) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", free_port))
        holder.listen()
        with pytest.raises(Unstartable, match=rf"Port {free_port} is taken .* PORT={free_port + 1}"):
            port_check(free_port)
    port_check(free_port)


def test_even_a_port_shared_by_so_reuseport_counts_as_taken(free_port: int) -> None:
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        holder.bind(("127.0.0.1", free_port))
        holder.listen()
        with pytest.raises(Unstartable, match="is taken"):
            port_check(free_port)

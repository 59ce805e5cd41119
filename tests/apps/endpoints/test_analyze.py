"""Django knows of `analyze` too, and hands it on."""

from __future__ import annotations

import pytest
from django.core.management import get_commands, load_command_class


def test_django_lists_the_command_and_hands_its_words_on(capsys: pytest.CaptureFixture[str]) -> None:
    command = load_command_class(get_commands()["analyze"], "analyze")
    with pytest.raises(SystemExit) as end:
        command.run_from_argv(["manage.py", "analyze", "mmrm", "--help"])
    assert end.value.code == 0
    assert "--covariance" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        command.print_help("manage.py", "analyze")
    assert "mmrm" in capsys.readouterr().out

"""What the tests of pure rules share."""

from __future__ import annotations

from hypothesis import settings

# How long an example takes says something of the machine and nothing of the rule; a busy one must fail no test.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

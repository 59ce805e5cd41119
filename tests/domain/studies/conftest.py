"""The shipped designs as text, as plain data to spoil, and as protocols."""

from __future__ import annotations

import copy
import functools
from typing import Any

import pytest

from apps.studies.domain.loading import SHIPPED, load_shipped
from apps.studies.domain.protocol import Protocol
from apps.studies.domain.yaml_reading import read


@functools.cache
def text_of(key: str) -> str:
    return (SHIPPED / f"{key}.yaml").read_text(encoding="utf-8")


@functools.cache
def _tree_of(key: str) -> Any:
    return read(text_of(key)).tree


@functools.cache
def protocol_of(key: str) -> Protocol:
    return load_shipped(key)


@pytest.fixture
def transform_2() -> Protocol:
    return protocol_of("transform_2")


@pytest.fixture
def monotherapy() -> Protocol:
    return protocol_of("nct04599855")


@pytest.fixture
def sustain_3() -> Protocol:
    return protocol_of("sustain_3")


@pytest.fixture
def tree() -> Any:
    """TRANSFORM-2 as plain data, fresh for each test."""
    return copy.deepcopy(_tree_of("transform_2"))


@pytest.fixture
def sustain_tree() -> Any:
    return copy.deepcopy(_tree_of("sustain_3"))


@pytest.fixture
def monotherapy_tree() -> Any:
    return copy.deepcopy(_tree_of("nct04599855"))

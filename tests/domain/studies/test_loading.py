"""One value per meaning: loading, storing and naming a protocol by its digest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from apps.core.exceptions import Invalid, NotFound
from apps.studies.domain.loading import (
    SCHEMA_FILE,
    SHIPPED,
    ProtocolInvalid,
    canonical_json,
    check_file,
    digest,
    document,
    from_document,
    load,
    load_shipped,
    schema_text,
    shipped_keys,
)
from apps.studies.domain.protocol import Protocol
from tests.domain.studies.conftest import text_of


def test_three_designs_come_with_vigil_and_each_is_named_after_its_key() -> None:
    assert shipped_keys() == ("nct04599855", "sustain_3", "transform_2")
    for key in shipped_keys():
        assert load_shipped(key).key == key


def test_a_design_that_does_not_come_with_vigil_is_not_found() -> None:
    with pytest.raises(NotFound):
        load_shipped("../secrets")


def test_comments_order_and_spelling_of_numbers_do_not_change_the_digest(
    tree: Any, transform_2: Protocol
) -> None:
    assert digest(load(text_of("transform_2") + "\n# a remark\n")) == digest(transform_2)
    turned = dict(reversed(tree.items()))
    assert digest(load(json.dumps(turned))) == digest(transform_2)
    turned["gates"][7]["minimum"] = 93.0
    assert digest(load(json.dumps(turned))) == digest(transform_2)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("remission_cutoff: 12", "remission_cutoff: 10"),
        ("fictional: false", "fictional: true"),
        ('version: "1.0"', 'version: "1.1"'),
        ("window_after_days: 6", "window_after_days: 5"),
    ],
)
def test_another_meaning_has_another_digest(transform_2: Protocol, before: str, after: str) -> None:
    changed = load(text_of("transform_2").replace(before, after, 1))
    assert digest(changed) != digest(transform_2)


@pytest.mark.parametrize("key", ["transform_2", "nct04599855", "sustain_3"])
def test_what_is_stored_comes_back_the_same(key: str) -> None:
    protocol = load_shipped(key)
    stored = json.loads(json.dumps(document(protocol)))
    assert from_document(stored) == protocol
    assert digest(from_document(stored)) == digest(protocol)


def test_canonical_json_is_one_line_with_sorted_keys(transform_2: Protocol) -> None:
    text = canonical_json(transform_2)
    assert "\n" not in text
    assert list(json.loads(text)) == sorted(json.loads(text))


def test_a_protocol_cannot_be_changed(transform_2: Protocol) -> None:
    with pytest.raises(ValidationError):
        transform_2.endpoints.remission_cutoff = 10  # type: ignore[misc]
    assert isinstance(transform_2.visits, tuple)
    assert hash(transform_2) == hash(load_shipped("transform_2"))


def test_a_fictional_copy_says_so_and_is_another_protocol(transform_2: Protocol) -> None:
    copy = transform_2.model_copy(update={"fictional": True, "title": "A fictional copy"})
    assert digest(copy) != digest(transform_2)
    assert from_document(document(copy)).fictional


def test_a_faulty_protocol_is_refused_with_every_fault(tree: Any) -> None:
    del tree["arms"][1]["ratio"]
    tree["dose"]["increase_days"] = [9]
    with pytest.raises(ProtocolInvalid) as caught:
        load(json.dumps(tree))
    assert isinstance(caught.value, Invalid)
    assert [reason.field for reason in caught.value.reasons] == ["arms[1].ratio", "dose.increase_days[0]"]


def test_a_stored_document_that_is_none_is_refused(tree: Any) -> None:
    tree["arms"][0]["ratio"] = "1"
    with pytest.raises(ProtocolInvalid) as caught:
        from_document(tree)
    assert [fault.path for fault in caught.value.faults] == ["arms[0].ratio"]


@pytest.mark.parametrize(
    ("sentence", "ladder"),
    [
        (
            "unstructured; on failure Toeplitz, AR(1), compound symmetry",
            ("unstructured", "toeplitz", "ar1", "compound_symmetry"),
        ),
        ("unstructured", ("unstructured",)),
        (
            "AR(1), then heterogeneous Toeplitz, then Toeplitz",
            ("ar1", "toeplitz_heterogeneous", "toeplitz"),
        ),
        ("", ()),
        ("as the statistician sees fit", ()),
    ],
)
def test_a_stored_version_that_told_its_covariance_in_a_sentence_is_still_read(
    tree: Any, sentence: str, ladder: tuple[str, ...]
) -> None:
    old = json.loads(json.dumps(document(load(json.dumps(tree)))))
    old["endpoints"]["analyses"][0] |= {"covariance": sentence, "degrees_of_freedom": "Kenward-Roger"}
    for other in old["endpoints"]["analyses"][1:]:
        other |= {"covariance": "", "degrees_of_freedom": ""}
    primary = from_document(old).endpoints.analyses[0]
    assert (primary.covariance, primary.degrees_of_freedom) == (ladder, "kenward_roger")


def test_a_file_that_cannot_be_read_is_a_fault(tmp_path: Path) -> None:
    assert "cannot be opened" in check_file(tmp_path / "absent.yaml")[0].message
    assert "cannot be opened" in check_file(tmp_path)[0].message
    latin = tmp_path / "latin.yaml"
    latin.write_bytes(b"title: caf\xe9\n")
    assert "not UTF-8" in check_file(latin)[0].message


def test_the_published_schema_is_fresh() -> None:
    """`manage.py protocol schema --write` makes it."""
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text()


def test_the_schema_describes_every_field_of_a_protocol() -> None:
    schema = json.loads(schema_text())
    assert set(schema["properties"]) == set(Protocol.model_fields)
    assert schema["additionalProperties"] is False
    assert {entry.stem for entry in SHIPPED.glob("*.yaml")} == set(shipped_keys())

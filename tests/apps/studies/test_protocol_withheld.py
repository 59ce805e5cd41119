"""What would help somebody guess the next allocation is in no protocol that anybody is shown."""

from apps.studies.domain.loading import document, load_shipped
from apps.studies.presenters import protocol_public


def test_the_parameters_of_a_method_are_withheld_and_the_rest_is_shown() -> None:
    stored = document(load_shipped("transform_2"))
    rule = {"imbalance": "range", "probability": "17/20", "weights": {}, "mark": None, "note": ""}
    stored["randomization"] |= {"method": "minimization", "minimization": rule, "caps": {"site": 30}}
    stored["uncertain"] = [
        {"path": path, "text": "a guess", "mark": "U"}
        for path in (
            "randomization.block_sizes[0]",
            "randomization.minimization",
            "randomization.minimization.probability",
            "randomization.strata",
        )
    ]
    shown = protocol_public(stored)
    assert set(shown["randomization"]) == {"method", "strata", "lists", "caps", "number_format", "mark"}
    assert [fact["path"] for fact in shown["uncertain"]] == ["randomization.strata"]
    assert "17/20" not in repr(shown)

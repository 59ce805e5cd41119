"""Every shared piece of a page renders, escapes, and keeps the content security policy."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import render_to_string

from apps.core.exceptions import Conflict, Reason, Refused
from tests.apps.core.guide_samples import SampleForm, guide_context

PARTS = ["pieces", "forms", "chairside", "watch", "charts"]
INLINE = re.compile(r"<[^>]+\s(?:style|on[a-z]+)\s*=", re.IGNORECASE)
INLINE_SCRIPT = re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", re.IGNORECASE)


class Somebody:
    """A signed-in person, as templates see one."""

    is_authenticated = True
    pk = "5d0f3e51-6f0e-4a3e-8a35-0a7f3d0c1d11"
    email = "anna.roth@example.org"

    def __str__(self) -> str:
        return "Anna Roth"


def page(template: str, **context: object) -> str:
    return render_to_string(template, {**guide_context(), "csrf_token": "t", "user": Somebody(), **context})


@pytest.mark.parametrize("part", PARTS)
def test_no_piece_writes_a_style_or_a_script_into_the_page(part: str) -> None:
    shown = page("components/guide.html", part=part)
    assert not INLINE.search(shown)
    assert not INLINE_SCRIPT.search(shown)
    assert "<style" not in shown


def test_no_template_of_the_house_has_inline_styles_or_handlers() -> None:
    for found in (Path(settings.BASE_DIR) / "templates").rglob("*.html"):
        match = INLINE.search(found.read_text())
        assert match is None, f"{found.name}: {match.group(0) if match else ''}"


@pytest.mark.parametrize("part", PARTS)
def test_every_page_has_one_first_heading_and_says_that_its_data_are_fictional(part: str) -> None:
    shown = page("components/guide.html", part=part)
    assert len(re.findall(r"<h1\b", shown)) == 1
    assert "Fictional demonstration data" in shown


def test_identifiers_are_unique_on_a_page() -> None:
    for part in PARTS:
        names = re.findall(r'\sid="([^"]+)"', page("components/guide.html", part=part))
        twice = {name for name in names if names.count(name) > 1}
        assert not twice, f"{part}: {twice}"


def test_the_strip_is_absent_from_a_real_study() -> None:
    assert "Fictional demonstration data" not in page("components/guide.html", part="pieces", fictional=False)


def test_a_refusal_says_every_reason_and_takes_the_focus() -> None:
    refusal = Refused(Reason("a", "Too early."), Reason("b", "<b>Pressure</b> too high."))
    shown = render_to_string("components/refusal.html", {"refusal": refusal})
    assert "Too early." in shown
    assert "&lt;b&gt;Pressure&lt;/b&gt; too high." in shown
    assert "2 reasons" in shown
    assert "data-takes-focus" in shown


def test_one_reason_is_a_sentence_not_a_list() -> None:
    shown = render_to_string("components/refusal.html", {"refusal": Conflict("Somebody was faster.")})
    assert "Somebody was faster." in shown
    assert "<li>" not in shown


def test_the_error_summary_links_to_each_wrong_field() -> None:
    form = SampleForm({"weight": "abc"})
    shown = render_to_string("components/error_summary.html", {"form": form})
    assert 'href="#id_weight"' in shown
    assert 'href="#div_id_assessed"' in shown
    assert render_to_string("components/error_summary.html", {"form": SampleForm()}).strip() == ""


def test_a_table_has_a_caption_scopes_and_words_when_it_is_empty() -> None:
    shown = render_to_string(
        "components/data_table.html",
        {
            "caption": "Visits",
            "columns": [{"label": "Number"}, {"label": "Days", "numeric": True}],
            "rows": [
                {"cells": ["1001-0001", {"text": 0, "numeric": True}]},
                {"cells": ["1001-0002", {"text": None}]},
            ],
        },
    )
    assert "<caption" in shown
    assert shown.count('scope="col"') == 2
    assert shown.count('scope="row"') == 2
    assert '<td class="numeric">0' in shown, "zero is a figure, not a blank"
    assert "--" in shown, "no figure is not a blank either"
    empty = render_to_string(
        "components/data_table.html", {"caption": "Visits", "rows": [], "empty_title": "None due"}
    )
    assert "None due" in empty


def test_the_banner_says_not_known_in_words_and_no_colon_after_a_label() -> None:
    shown = render_to_string(
        "components/participant_banner.html",
        {"number": "1001-0001", "items": [{"label": "Allergies", "value": None}]},
    )
    assert "Not known" in shown
    assert "Allergies:" not in shown


def test_a_measurement_is_never_filled_in_beforehand() -> None:
    shown = render_to_string(
        "components/measure.html", {"name": "hr", "label": "Pulse", "unit": "/min", "last": "72"}
    )
    assert "value=" not in shown
    assert 'inputmode="numeric"' in shown


def test_choices_marked_segmented_are_drawn_as_buttons_and_stay_radios() -> None:
    shown = page("components/guide.html", part="forms")
    assert shown.count('class="segmented') >= 1
    assert 'type="radio" name="assessed"' in shown


@pytest.mark.parametrize("code", [400, 403, 404, 500])
def test_error_pages_render_without_any_context(code: int) -> None:
    shown = render_to_string(f"errors/{code}.html", {})
    assert str(code) in shown
    assert "start page" in shown


@pytest.mark.parametrize(
    "name", ["403.html", "403_csrf.html", "404.html", "500.html", "accounts/locked.html"]
)
def test_the_pages_django_looks_for_are_there(name: str) -> None:
    assert "<h1" in render_to_string(name, {})


def test_a_refusal_nobody_caught_is_a_page_with_its_reasons() -> None:
    shown = page("errors/refused.html", refusal=Refused("Not before the dose."))
    assert "Not before the dose." in shown
    assert "409" in shown


def test_signing_out_is_a_post_with_a_token() -> None:
    shown = page("components/guide.html", part="pieces")
    assert re.search(
        r'<form method="post" action="/sign-out/" data-sign-out>\s*<input type="hidden" name="csrfmiddlewaretoken"',
        shown,
    )


def test_the_page_tells_the_server_time_and_the_person_to_the_islands() -> None:
    shown = render_to_string("base.html", {"user": Somebody(), "nav": []}, request=None)
    assert '<meta name="server-now" content="20' in shown
    assert f'data-user="{Somebody.pk}"' in shown

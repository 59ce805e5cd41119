"""Tags every page shares: moments, states, icons, shares, and the frames of cards. `{% load house %}`

Block tags (`card`, `page_header`, `confirm_panel`, `table_frame`) render templates/components/<name>.html with what
stands between their ends as `content`; the templates say which arguments they take.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, tzinfo
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from apps.core.templatetags import moments
from apps.core.templatetags.status_words import TONES, StatusWord, status_word

register = template.Library()

_UNKNOWN = format_html('<span class="unknown">{}</span>', moments.UNKNOWN)
_MARKS = {
    "U": "Protocol-defined: this figure is not published; it is set in the study's protocol file.",
    "G": "Protocol-defined: this figure follows general practice; it is set in the study's protocol file.",
}


def _time_element(value: datetime, words: str) -> SafeString:
    stamp = value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return format_html('<time datetime="{}">{}</time>', stamp, words)


@register.simple_tag(takes_context=True)
def local_time(
    context: template.Context, value: datetime | None, zone: str | tzinfo | None = None
) -> SafeString:
    """Write an instant on the site's clock: "24 Nov 2026 14:05 (CET, UTC+1)". Zone: given, else the page's."""
    if value is None:
        return _UNKNOWN
    local = value.astimezone(moments.zone_of(zone or context.get("site_zone")))
    words = f"{moments.date_words(local)} {local:%H:%M} ({moments.zone_words(local)})"
    return _time_element(value, words)


@register.simple_tag(takes_context=True)
def local_clock(
    context: template.Context, value: datetime | None, zone: str | tzinfo | None = None
) -> SafeString:
    """Write only hour and minute, for pages that name the day and the zone once."""
    if value is None:
        return _UNKNOWN
    local = value.astimezone(moments.zone_of(zone or context.get("site_zone")))
    return _time_element(value, f"{local:%H:%M}")


@register.simple_tag(takes_context=True)
def local_date(
    context: template.Context, value: date | datetime | None, zone: str | tzinfo | None = None
) -> SafeString:
    """Write a day: "24 Nov 2026". An instant is first put on the site's clock; a plain date stays as it is."""
    if value is None:
        return _UNKNOWN
    if isinstance(value, datetime):
        value = value.astimezone(moments.zone_of(zone or context.get("site_zone"))).date()
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), moments.date_words(value))


@register.simple_tag
def age_words(value: datetime | None, now: datetime | None = None) -> SafeString:
    """Write how long ago: "3 minutes ago". Pass `now` from the view; without it the time of rendering counts."""
    if value is None:
        return _UNKNOWN
    return _time_element(value, moments.age_words(value, now or timezone.now()))


@register.filter
def elapsed(value: Any) -> str:
    """Write a timedelta as "0:25:49"."""
    return moments.elapsed_words(value) if value is not None else "--"


@register.simple_tag
def percent(part: float | None, whole: float | None, digits: int = 1) -> str:
    """Write a share: "41.7%". Of nothing there is no share, and that is written as "--", never as 0."""
    if part is None or not whole:
        return "--"
    return f"{100 * part / whole:.{digits}f}%"


@register.simple_tag
def icon(name: str, label: str = "", css: str = "") -> SafeString:
    """Draw one sign of static/icons.svg. Silent to a screen reader unless a `label` is given."""
    classes = f"icon {css}".strip()
    voice = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(
        '<svg class="{}" {} focusable="false"><use href="{}#{}"></use></svg>',
        classes,
        voice,
        static("icons.svg"),
        name or "dot",
    )


@register.inclusion_tag("components/status_tag.html")
def status_tag(state: object, word: str = "", tone: str = "", plain: bool = False) -> dict[str, object]:
    """Show a state as icon, word and tone. `word` and `tone` override the vocabulary; `plain` drops the pill."""
    shown = status_word(state)
    return {
        "status": StatusWord(word or shown.word, shown.icon, tone if tone in TONES else shown.tone),
        "plain": plain,
    }


@register.filter
def tone(state: object) -> str:
    """Return the class of a state's tone, for an edge: `class="card edge {{ session.state|tone }}"`."""
    return f"tone-{status_word(state).tone}"


@register.simple_tag
def mark(grade: object) -> SafeString:
    """Say that a figure is the protocol's own, when its source is marked U (not published) or G (general)."""
    why = _MARKS.get(str(grade or "").strip().upper())
    if why is None:
        return mark_safe("")
    return format_html('<abbr class="mark" title="{}">protocol-defined</abbr>', why)


@register.filter
def initials(name: object) -> str:
    """Return at most two letters for a person's round sign."""
    parts = [part for part in str(name or "").replace("@", " ").replace(".", " ").split() if part]
    return "".join(part[0] for part in parts[:2]).upper() or "?"


@register.filter
def item(mapping: Any, key: object) -> Any:
    """Return `mapping[key]`, or nothing: templates cannot look up by a variable otherwise."""
    return mapping.get(key) if hasattr(mapping, "get") else None


def _framed(name: str, content: str, arguments: dict[str, Any]) -> SafeString:
    return render_to_string(f"components/{name}.html", {**arguments, "content": content})


@register.simple_block_tag
def card(content: str, **arguments: Any) -> SafeString:
    """Frame content in a card; arguments: see templates/components/card.html."""
    return _framed("card", content, arguments)


@register.simple_block_tag
def page_header(content: str, title: str, **arguments: Any) -> SafeString:
    """Head of a page; what stands inside are its actions. See templates/components/page_header.html."""
    return _framed("page_header", content if content.strip() else "", {"title": title, **arguments})


@register.simple_block_tag
def confirm_panel(content: str, title: str, **arguments: Any) -> SafeString:
    """Frame for an act that cannot be taken back. See templates/components/confirm_panel.html."""
    return _framed("confirm_panel", content, {"title": title, **arguments})


@register.simple_block_tag
def table_frame(content: str, caption: str, **arguments: Any) -> SafeString:
    """Frame for a hand-written table (thead, tbody inside). See templates/components/table_frame.html."""
    return _framed("table_frame", content, {"caption": caption, **arguments})

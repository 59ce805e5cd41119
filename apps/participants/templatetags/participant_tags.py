"""The banner that says who a page is about, for the pages of every app. `{% load participant_tags %}`"""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import reverse

from apps.core.templatetags.moments import date_words, zone_of
from apps.participants import selectors
from apps.participants.models import Participant

register = template.Library()


@register.inclusion_tag("components/participant_banner.html")
def participant_banner(participant: Participant, sticky: bool = False) -> dict[str, Any]:
    """Show number, status, site, age at consent, sex and the consent in force: never a name, never an arm."""
    consent = selectors.consent_in_force(participant=participant)
    signed = (
        f"Form {consent.form_version}, "
        f"{date_words(consent.consented_at.astimezone(zone_of(participant.site.time_zone)))}"
        if consent
        else "None in force"
    )
    return {
        "number": participant.number,
        "status": participant.status,
        "url": reverse("participants:detail", args=[participant.pk]),
        "sticky": sticky,
        "items": [
            {"label": "Site", "value": str(participant.site)},
            {"label": "Age at consent", "value": f"{participant.age_years} years"},
            {"label": "Sex", "value": participant.get_sex_display()},
            {"label": "Consent", "value": signed},
        ],
    }

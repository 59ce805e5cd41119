"""Every instrument a protocol may name, with neutral labels.

Ranges and scoring follow the published descriptions (sources beside each). Wording: only public instruments
(PHQ-9, GAD-7: free to reproduce; CGI-S: public domain) have named answers; for all others the number stands alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from apps.instruments.domain.instrument import Anchor, Instrument, Item, License, MissingRule, Purpose


def _numbered(
    labels: tuple[str, ...], low: int, high: int, anchors: tuple[Anchor, ...] = ()
) -> tuple[Item, ...]:
    return tuple(
        Item(str(number), label, low, high, anchors=anchors) for number, label in enumerate(labels, start=1)
    )


def _plain(count: int, low: int, high: int) -> tuple[Item, ...]:
    return _numbered(tuple(f"Item {number}" for number in range(1, count + 1)), low, high)


def _anchors(*labels: str, first: int = 0) -> tuple[Anchor, ...]:
    return tuple(Anchor(value, label) for value, label in enumerate(labels, start=first))


_FREQUENCY = _anchors("Not at all", "Several days", "More than half the days", "Nearly every day")
_YES_NO = (Anchor(0, "No"), Anchor(1, "Yes"))
_NO_TOTAL = MissingRule.NO_TOTAL

_ALL = (
    Instrument(
        "MADRS",
        "Montgomery-Åsberg Depression Rating Scale",
        _numbered(
            (
                "Apparent sadness",
                "Reported sadness",
                "Inner tension",
                "Reduced sleep",
                "Reduced appetite",
                "Concentration difficulties",
                "Lassitude",
                "Inability to feel",
                "Pessimistic thoughts",
                "Suicidal thoughts",
            ),
            0,
            6,
        ),
        0,
        60,
        License.USER_SUPPLIED,
        Purpose.EFFICACY,
        source="Montgomery and Åsberg 1979; structured interview (SIGMA) by Williams",
    ),
    Instrument(
        "PHQ9",
        "Patient Health Questionnaire, 9 items",
        _numbered(
            (
                "Interest",
                "Mood",
                "Sleep",
                "Energy",
                "Appetite",
                "Self-worth",
                "Concentration",
                "Pace of movement",
                "Thoughts of death or self-harm",
            ),
            0,
            3,
            _FREQUENCY,
        ),
        0,
        27,
        License.PUBLIC,
        Purpose.EFFICACY,
        source="Kroenke, Spitzer and Williams 2001",
        short="PHQ-9",
    ),
    Instrument(
        "SDS",
        "Sheehan Disability Scale",
        (
            Item("work", "Work or school", 0, 10),
            Item("social", "Social life", 0, 10),
            Item("family", "Family and home", 0, 10),
            Item("days_lost", "Days lost in the last week", 0, 7, counts=False),
            Item("days_underproductive", "Days underproductive in the last week", 0, 7, counts=False),
        ),
        0,
        30,
        License.LICENSE_REQUIRED,
        Purpose.EFFICACY,
        source="Sheehan 1983; without a work item there is no total",
    ),
    Instrument(
        "GAD7",
        "Generalized Anxiety Disorder, 7 items",
        _numbered(
            (
                "Nervousness",
                "Control of worry",
                "Amount of worry",
                "Relaxing",
                "Restlessness",
                "Irritability",
                "Fear",
            ),
            0,
            3,
            _FREQUENCY,
        ),
        0,
        21,
        License.PUBLIC,
        Purpose.EFFICACY,
        source="Spitzer, Kroenke, Williams and Löwe 2006",
        short="GAD-7",
    ),
    Instrument(
        "CGIS",
        "Clinical Global Impression, severity",
        (
            Item(
                "severity",
                "Severity of illness",
                0,
                7,
                anchors=_anchors(
                    "Not assessed", "Normal", "Borderline", "Mild", "Moderate", "Marked", "Severe", "Extreme"
                ),
            ),
        ),
        1,
        7,
        License.PUBLIC,
        Purpose.EFFICACY,
        source="Guy 1976 (ECDEU)",
        short="CGI-S",
    ),
    Instrument(
        "EQ5D5L",
        "EQ-5D-5L",
        (
            Item("mobility", "Mobility", 1, 5),
            Item("self_care", "Self-care", 1, 5),
            Item("usual_activities", "Usual activities", 1, 5),
            Item("pain", "Pain or discomfort", 1, 5),
            Item("anxiety", "Anxiety or depression", 1, 5),
            Item("vas", "Visual analogue scale", 0, 100, higher_is_better=True),
        ),
        None,
        None,
        License.LICENSE_REQUIRED,
        Purpose.EFFICACY,
        _NO_TOTAL,
        source="EuroQol; the index needs a country's licensed value set",
        short="EQ-5D-5L",
    ),
    Instrument(
        "CADSS",
        "Clinician-Administered Dissociative States Scale",
        _plain(23, 0, 4),
        0,
        92,
        License.USER_SUPPLIED,
        Purpose.SAFETY,
        source="Bremner 1998, the 23 subjective items",
    ),
    Instrument(
        "BPRS4",
        "Brief Psychiatric Rating Scale, four positive items",
        _numbered(
            (
                "Conceptual disorganization",
                "Suspiciousness",
                "Hallucinatory behavior",
                "Unusual thought content",
            ),
            0,
            6,
        ),
        0,
        24,
        License.USER_SUPPLIED,
        Purpose.SAFETY,
        source="Overall and Gorham 1962, recoded to 0 to 6",
        short="BPRS+",
    ),
    Instrument(
        "MOAAS",
        "Modified Observer's Assessment of Alertness and Sedation",
        (
            Item(
                "level",
                "Alertness",
                0,
                5,
                anchors=_anchors(
                    "No response",
                    "Only to a painful squeeze",
                    "Only to mild prodding",
                    "Only to a loud or repeated name",
                    "Slow response to the name",
                    "Ready response to the name",
                ),
            ),
        ),
        0,
        5,
        License.PUBLIC,
        Purpose.SAFETY,
        source="Chernik 1990, modified",
        short="MOAA/S",
    ),
    Instrument(
        "CGADR",
        "Global assessment of readiness to leave",
        (Item("ready", "Ready to leave", 0, 1, anchors=_YES_NO),),
        None,
        None,
        License.PUBLIC,
        Purpose.SAFETY,
        _NO_TOTAL,
    ),
    Instrument(
        "CSSRS",
        "Columbia-Suicide Severity Rating Scale",
        (
            Item("ideation", "Most severe ideation (0 none, 1 to 5)", 0, 5),
            Item("preparatory", "Preparatory acts or behavior", 0, 1, anchors=_YES_NO),
            Item("aborted", "Aborted attempt", 0, 1, anchors=_YES_NO),
            Item("interrupted", "Interrupted attempt", 0, 1, anchors=_YES_NO),
            Item("attempt", "Actual attempt", 0, 1, anchors=_YES_NO),
            Item("completed", "Completed suicide", 0, 1, anchors=_YES_NO),
            Item("nssi", "Self-injury without suicidal intent", 0, 1, counts=False, anchors=_YES_NO),
        ),
        0,
        10,
        License.LICENSE_REQUIRED,
        Purpose.SAFETY,
        source="Posner 2011; the total is the category: 0 none, 1 to 5 ideation, 6 to 10 behavior",
        short="C-SSRS",
    ),
    Instrument(
        "IDSC30",
        "Inventory of Depressive Symptomatology, clinician, 30 items",
        (Item("total", "Total", 0, 84),),
        0,
        84,
        License.USER_SUPPLIED,
        Purpose.ELIGIBILITY,
        source="Rush 1996; the total is entered, scored on the printed form",
        short="IDS-C30",
    ),
    Instrument(
        "PWC20",
        "Physician Withdrawal Checklist, 20 items",
        _plain(20, 0, 3),
        0,
        60,
        License.USER_SUPPLIED,
        Purpose.SAFETY,
        source="Rickels 2008",
        short="PWC-20",
    ),
    Instrument(
        "MINI",
        "Mini International Neuropsychiatric Interview",
        (Item("confirmed", "Diagnosis confirmed", 0, 1, anchors=_YES_NO),),
        None,
        None,
        License.LICENSE_REQUIRED,
        Purpose.ELIGIBILITY,
        _NO_TOTAL,
        source="Sheehan 1998; only its result is kept",
    ),
    Instrument(
        "MGHATRQ",
        "Antidepressant Treatment Response Questionnaire",
        (Item("failed", "Antidepressants failed in this episode", 0, 20),),
        0,
        20,
        License.USER_SUPPLIED,
        Purpose.ELIGIBILITY,
        source="Massachusetts General Hospital; only the count is kept",
        short="MGH-ATRQ",
    ),
    Instrument(
        "BPIC",
        "Bladder pain and interstitial cystitis symptom score",
        (Item("total", "Total", 0, 38),),
        0,
        38,
        License.LICENSE_REQUIRED,
        Purpose.SAFETY,
        source="Humphrey 2012; the total is entered, scored on the printed form",
        short="BPIC-SS",
    ),
    Instrument(
        "GUESS",
        "Which treatment the participant believes they had",
        (
            Item(
                "belief",
                "Belief about the treatment",
                1,
                5,
                anchors=_anchors(
                    "Certainly the study drug",
                    "Rather the study drug",
                    "Does not know",
                    "Rather the placebo",
                    "Certainly the placebo",
                    first=1,
                ),
            ),
        ),
        None,
        None,
        License.PUBLIC,
        Purpose.BLINDING,
        _NO_TOTAL,
        source="our own wording, in the five grades of Bang, Ni and Davis 2004; asked before any unblinding",
        short="Treatment guess",
    ),
)

INSTRUMENTS: Mapping[str, Instrument] = MappingProxyType({instrument.code: instrument for instrument in _ALL})
"""Every instrument by code. The codes are those of `apps.studies.domain.instrument_codes`."""

"""The keys an escalation rule may ask of one set of readings, with their units.

`*_rise` is the reading minus the predose value of the same session; `minutes` counts from the first spray.
"""

from __future__ import annotations

READING_KEYS: dict[str, str] = {
    "minutes": "minutes since the first spray",
    "age_years": "age in whole years",
    "sbp": "systolic blood pressure, mmHg",
    "dbp": "diastolic blood pressure, mmHg",
    "sbp_rise": "systolic pressure minus predose, mmHg",
    "dbp_rise": "diastolic pressure minus predose, mmHg",
    "hr": "heart rate, beats per minute",
    "rr": "respiratory rate, breaths per minute",
    "temp": "temperature, degrees Celsius",
    "spo2": "oxygen saturation, percent",
    "moaas": "MOAA/S, 0 to 5",
    "cadss_total": "CADSS total, 0 to 92",
    "cadss_rise": "CADSS total minus predose",
    "bprs_total": "BPRS four-item total",
    "bprs_rise": "BPRS four-item total minus predose",
    "crisis_symptom": "symptom of hypertensive crisis or encephalopathy, yes or no",
    "apnoea": "apnoea seen, yes or no",
    "cssrs_ideation": "C-SSRS most severe ideation, 0 to 5",
    "cssrs_behavior": "C-SSRS any suicidal behavior, yes or no",
    "dose_disturbed": "vomiting or sneeze during dosing, yes or no",
}

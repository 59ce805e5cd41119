"""Coded reasons for leaving."""

from apps.participants.domain.discontinuation import (
    REASON_LABELS,
    DiscontinuationReason,
    ends_consent,
    needs_words,
)


def test_every_code_has_words():
    assert set(REASON_LABELS) == set(DiscontinuationReason)


def test_only_withdrawn_consent_ends_consent():
    assert [code for code in DiscontinuationReason if ends_consent(code)] == [
        DiscontinuationReason.WITHDREW_CONSENT
    ]


def test_only_other_needs_words():
    assert [code for code in DiscontinuationReason if needs_words(code)] == [DiscontinuationReason.OTHER]

"""The role matrix is a reviewed document: the page and the code are one."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from apps.studies.domain.permissions import ROLE_LABELS, ROLE_PERMISSIONS, Permission, Role, clashes
from apps.studies.management.commands.roles import PAGE, roles_page


def test_the_reviewed_page_equals_the_code() -> None:
    assert (Path(settings.BASE_DIR) / PAGE).read_text() == roles_page(), (
        "run `manage.py roles --write` and review it"
    )


def test_every_permission_is_somebody_s_and_every_role_has_words() -> None:
    granted = frozenset().union(*ROLE_PERMISSIONS.values())
    assert granted == frozenset(Permission)
    assert set(ROLE_LABELS) == set(Role) == set(ROLE_PERMISSIONS)


def test_only_the_unblinded_statistician_may_read_arms() -> None:
    assert [role for role in Role if Permission.ARM_READ in ROLE_PERMISSIONS[role]] == [
        Role.UNBLINDED_STATISTICIAN
    ]
    assert [role for role in Role if Permission.REPORT_UNBLINDED in ROLE_PERMISSIONS[role]] == [
        Role.UNBLINDED_STATISTICIAN
    ]


def test_a_rater_can_do_one_thing() -> None:
    assert ROLE_PERMISSIONS[Role.EFFICACY_RATER] == {Permission.RATING_RECORD}


def test_nobody_of_a_site_reads_efficacy_scores() -> None:
    readers = {role for role in Role if Permission.SCORE_READ in ROLE_PERMISSIONS[role]}
    assert readers == {Role.UNBLINDED_STATISTICIAN}


def test_administrators_touch_no_clinical_data() -> None:
    clinical = (
        "participant:",
        "identity:",
        "screening:",
        "session:",
        "observation:",
        "adverse_event:",
        "rating:",
        "dose:",
    )
    assert not [p for p in ROLE_PERMISSIONS[Role.ADMINISTRATOR] if p.value.startswith(clinical)]


def test_clashes_work_both_ways() -> None:
    for one in Role:
        for other in Role:
            assert (other in clashes(one, frozenset({other}))) == (one in clashes(other, frozenset({one})))

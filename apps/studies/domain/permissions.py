"""Who may do what. Roles are the study's own, permissions are `<resource>:<action>`.

This table is a signed document in a trial, so its content is tested against a reviewed copy
(docs/reference/roles.md), not only its shape. Deny by default: what is not listed is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Permission(StrEnum):
    """Everything a person can be allowed to do inside a study."""

    STUDY_READ = "study:read"
    STUDY_MANAGE = "study:manage"
    DELEGATION_READ = "delegation:read"
    DELEGATION_MANAGE = "delegation:manage"
    PARTICIPANT_READ = "participant:read"
    PARTICIPANT_ENROLL = "participant:enroll"
    PARTICIPANT_WITHDRAW = "participant:withdraw"
    IDENTITY_READ = "identity:read"
    IDENTITY_WRITE = "identity:write"
    CONSENT_RECORD = "consent:record"
    SCREENING_READ = "screening:read"
    SCREENING_RECORD = "screening:record"
    SCREENING_SIGN = "screening:sign"
    PARTICIPANT_RANDOMIZE = "participant:randomize"
    RANDOMIZATION_READ = "randomization:read"
    ALLOCATION_REMARK = "allocation:remark"
    LIST_TEST = "list:test"
    LIST_VERIFY = "list:verify"
    ARM_READ = "arm:read"
    KIT_READ = "kit:read"
    KIT_RECEIVE = "kit:receive"
    KIT_RETURN = "kit:return"
    KIT_HAND_OVER = "kit:hand_over"
    KIT_REVERSE = "kit:reverse"
    STOCK_READ = "stock:read"
    VISIT_READ = "visit:read"
    VISIT_PLAN = "visit:plan"
    SESSION_READ = "session:read"
    SESSION_CHECK_IN = "session:check_in"
    SESSION_CLEAR = "session:clear"
    GATE_OVERRIDE = "gate:override"
    DOSE_REQUEST = "dose:request"
    DOSE_GIVE = "dose:give"
    SESSION_STOP = "session:stop"
    OBSERVATION_RECORD = "observation:record"
    FINDING_ACKNOWLEDGE = "finding:acknowledge"
    SESSION_DISCHARGE = "session:discharge"
    SESSION_RELEASE_EARLY = "session:release_early"
    WATCH_TAKE = "watch:take"
    WATCH_REPORT = "watch:report"
    PRESENCE_MARK = "presence:mark"
    SHEET_SEND = "sheet:send"
    RATING_RECORD = "rating:record"
    SCORE_READ = "score:read"
    ADVERSE_EVENT_READ = "adverse_event:read"
    ADVERSE_EVENT_RECORD = "adverse_event:record"
    DEVIATION_READ = "deviation:read"
    DEVIATION_RECORD = "deviation:record"
    DEVIATION_SIGN = "deviation:sign"
    REPORT_POOLED = "report:pooled"
    REPORT_UNBLINDED = "report:unblinded"
    REPORT_INTERIM = "report:interim"
    DASHBOARD_SITE = "dashboard:site"
    DASHBOARD_SPONSOR = "dashboard:sponsor"
    REMINDER_READ = "reminder:read"
    WEBHOOK_MANAGE = "webhook:manage"
    AUDIT_READ = "audit:read"
    REHEARSAL_READ = "rehearsal:read"
    UNBLINDING_READ = "unblinding:read"
    UNBLINDING_OPEN = "unblinding:open"
    UNBLINDING_MEDIATE = "unblinding:mediate"
    UNBLINDING_ASSESS = "unblinding:assess"
    UNBLINDING_SUSAR = "unblinding:susar"
    UNBLINDING_RELEASE = "unblinding:release"


class Role(StrEnum):
    """The part a person plays in a study, as the delegation log names it."""

    COORDINATOR = "COORDINATOR"
    INVESTIGATOR = "INVESTIGATOR"
    SESSION_NURSE = "SESSION_NURSE"
    EFFICACY_RATER = "EFFICACY_RATER"
    PHARMACIST = "PHARMACIST"
    MONITOR = "MONITOR"
    SPONSOR = "SPONSOR"
    UNBLINDED_STATISTICIAN = "UNBLINDED_STATISTICIAN"
    SAFETY_PHYSICIAN = "SAFETY_PHYSICIAN"
    ADMINISTRATOR = "ADMINISTRATOR"


P = Permission

_CLINIC_READS = frozenset(
    {P.STUDY_READ, P.PARTICIPANT_READ, P.SCREENING_READ, P.RANDOMIZATION_READ, P.VISIT_READ, P.REMINDER_READ}
)

ROLE_PERMISSIONS: Mapping[Role, frozenset[Permission]] = MappingProxyType(
    {
        Role.COORDINATOR: _CLINIC_READS
        | {
            P.UNBLINDING_READ,
            P.PARTICIPANT_ENROLL,
            P.PARTICIPANT_WITHDRAW,
            P.IDENTITY_READ,
            P.IDENTITY_WRITE,
            P.CONSENT_RECORD,
            P.SCREENING_RECORD,
            P.PARTICIPANT_RANDOMIZE,
            P.VISIT_PLAN,
            P.SESSION_READ,
            P.SESSION_CHECK_IN,
            P.WATCH_REPORT,
            P.SHEET_SEND,
            P.ADVERSE_EVENT_READ,
            P.ADVERSE_EVENT_RECORD,
            P.DEVIATION_READ,
            P.DEVIATION_RECORD,
            P.DASHBOARD_SITE,
            P.REPORT_POOLED,
            P.DELEGATION_READ,
            P.STOCK_READ,
        },
        Role.INVESTIGATOR: _CLINIC_READS
        | {
            P.UNBLINDING_READ,
            P.UNBLINDING_OPEN,
            P.UNBLINDING_MEDIATE,
            P.UNBLINDING_ASSESS,
            P.PARTICIPANT_ENROLL,
            P.PARTICIPANT_WITHDRAW,
            P.IDENTITY_READ,
            P.IDENTITY_WRITE,
            P.CONSENT_RECORD,
            P.SCREENING_RECORD,
            P.SCREENING_SIGN,
            P.PARTICIPANT_RANDOMIZE,
            P.VISIT_PLAN,
            P.SESSION_READ,
            P.SESSION_CHECK_IN,
            P.SESSION_CLEAR,
            P.GATE_OVERRIDE,
            P.ALLOCATION_REMARK,
            P.DOSE_REQUEST,
            P.DOSE_GIVE,
            P.SESSION_STOP,
            P.OBSERVATION_RECORD,
            P.FINDING_ACKNOWLEDGE,
            P.SESSION_DISCHARGE,
            P.SESSION_RELEASE_EARLY,
            P.WATCH_TAKE,
            P.WATCH_REPORT,
            P.PRESENCE_MARK,
            P.SHEET_SEND,
            P.ADVERSE_EVENT_READ,
            P.ADVERSE_EVENT_RECORD,
            P.DEVIATION_READ,
            P.DEVIATION_RECORD,
            P.DEVIATION_SIGN,
            P.DASHBOARD_SITE,
            P.REPORT_POOLED,
            P.DELEGATION_READ,
            P.KIT_READ,
            P.KIT_HAND_OVER,
            P.KIT_REVERSE,
            P.STOCK_READ,
        },
        # Sees the session and everything of the two hours; never an efficacy score.
        Role.SESSION_NURSE: frozenset(
            {
                P.UNBLINDING_READ,
                P.UNBLINDING_MEDIATE,
                P.STUDY_READ,
                P.PARTICIPANT_READ,
                P.VISIT_READ,
                P.SESSION_READ,
                P.SESSION_CHECK_IN,
                P.SESSION_CLEAR,
                P.DOSE_GIVE,
                P.SESSION_STOP,
                P.OBSERVATION_RECORD,
                P.FINDING_ACKNOWLEDGE,
                P.SESSION_DISCHARGE,
                P.WATCH_TAKE,
                P.SHEET_SEND,
                P.ADVERSE_EVENT_READ,
                P.ADVERSE_EVENT_RECORD,
                P.KIT_READ,
                P.KIT_HAND_OVER,
                P.STOCK_READ,
                P.DASHBOARD_SITE,
                P.REMINDER_READ,
            }
        ),
        # An alias, an interview slot and the form: nothing else of the participant, not even the visit's name.
        Role.EFFICACY_RATER: frozenset({P.RATING_RECORD}),
        Role.PHARMACIST: frozenset(
            {
                P.STUDY_READ,
                P.KIT_READ,
                P.KIT_RECEIVE,
                P.KIT_RETURN,
                P.KIT_HAND_OVER,
                P.KIT_REVERSE,
                P.STOCK_READ,
            }
        ),
        Role.MONITOR: _CLINIC_READS
        | {
            P.UNBLINDING_READ,
            P.SESSION_READ,
            P.WATCH_REPORT,
            P.ADVERSE_EVENT_READ,
            P.DEVIATION_READ,
            P.KIT_READ,
            P.STOCK_READ,
            P.REHEARSAL_READ,
            P.AUDIT_READ,
            P.DELEGATION_READ,
            P.REPORT_POOLED,
        },
        # Aggregates only; never an arm, a participant's page or a small cell.
        Role.SPONSOR: frozenset(
            {
                P.UNBLINDING_READ,
                P.STUDY_READ,
                P.DASHBOARD_SPONSOR,
                P.REPORT_POOLED,
                P.REHEARSAL_READ,
                P.STOCK_READ,
            }
        ),
        Role.UNBLINDED_STATISTICIAN: frozenset(
            {
                P.LIST_TEST,
                P.LIST_VERIFY,
                P.UNBLINDING_READ,
                P.UNBLINDING_RELEASE,
                P.REHEARSAL_READ,
                P.STUDY_READ,
                P.REPORT_POOLED,
                P.REPORT_UNBLINDED,
                P.REPORT_INTERIM,
                P.ARM_READ,
                P.SCORE_READ,
                P.DASHBOARD_SPONSOR,
            }
        ),
        Role.SAFETY_PHYSICIAN: frozenset(
            {
                P.UNBLINDING_READ,
                P.UNBLINDING_MEDIATE,
                P.UNBLINDING_SUSAR,
                P.STUDY_READ,
                P.PARTICIPANT_READ,
                P.SESSION_READ,
                P.ADVERSE_EVENT_READ,
                P.ADVERSE_EVENT_RECORD,
            }
        ),
        # Runs accounts and configuration; has no stake in, and no sight of, clinical data.
        Role.ADMINISTRATOR: frozenset(
            {
                P.LIST_TEST,
                P.UNBLINDING_READ,
                P.UNBLINDING_RELEASE,
                P.REHEARSAL_READ,
                P.STUDY_READ,
                P.STUDY_MANAGE,
                P.DELEGATION_READ,
                P.DELEGATION_MANAGE,
                P.WEBHOOK_MANAGE,
                P.AUDIT_READ,
            }
        ),
    }
)

ROLE_LABELS: Mapping[Role, str] = MappingProxyType(
    {
        Role.COORDINATOR: "Site coordinator",
        Role.INVESTIGATOR: "Investigator",
        Role.SESSION_NURSE: "Session nurse",
        Role.EFFICACY_RATER: "Blinded efficacy rater",
        Role.PHARMACIST: "Pharmacist",
        Role.MONITOR: "Monitor",
        Role.SPONSOR: "Sponsor",
        Role.UNBLINDED_STATISTICIAN: "Unblinded statistician",
        Role.SAFETY_PHYSICIAN: "Safety physician",
        Role.ADMINISTRATOR: "Administrator",
    }
)

#: Roles that mean something only for the whole study; all others are held at one site or at all of them.
STUDY_WIDE_ROLES = frozenset(
    {Role.SPONSOR, Role.UNBLINDED_STATISTICIAN, Role.SAFETY_PHYSICIAN, Role.ADMINISTRATOR}
)

#: Roles that must not meet in one person in one study: who knows an arm, and who must not; who rates, and who watches.
INCOMPATIBLE_ROLES: tuple[tuple[frozenset[Role], frozenset[Role]], ...] = (
    (frozenset({Role.UNBLINDED_STATISTICIAN}), frozenset(Role) - {Role.UNBLINDED_STATISTICIAN}),
    (
        frozenset({Role.EFFICACY_RATER}),
        frozenset(
            {Role.SESSION_NURSE, Role.INVESTIGATOR, Role.COORDINATOR, Role.MONITOR, Role.SAFETY_PHYSICIAN}
        ),
    ),
)


#: Roles that whoever has learned an arm can no longer be given. Not among them: the two whose work is to know one.
BLINDED_ROLES = frozenset(Role) - {Role.UNBLINDED_STATISTICIAN, Role.SAFETY_PHYSICIAN}


class Unblinded(StrEnum):
    """How somebody came to know an arm."""

    EMERGENCY = "EMERGENCY"
    MEDIATED = "MEDIATED"
    SUSAR = "SUSAR"
    LETTER = "LETTER"
    REPORT = "REPORT"


UNBLINDED_LABELS: Mapping[Unblinded, str] = MappingProxyType(
    {
        Unblinded.EMERGENCY: "an emergency code break",
        Unblinded.MEDIATED: "a code break handed over",
        Unblinded.SUSAR: "a suspected unexpected serious reaction",
        Unblinded.LETTER: "a treatment letter",
        Unblinded.REPORT: "a report by arm",
    }
)


def roles_with(permission: Permission) -> frozenset[Role]:
    """Return the roles that carry a permission."""
    return frozenset(role for role, granted in ROLE_PERMISSIONS.items() if permission in granted)


def clashes(role: Role, held: frozenset[Role]) -> frozenset[Role]:
    """Return those of the `held` roles that may not meet `role` in one person."""
    found: set[Role] = set()
    for left, right in INCOMPATIBLE_ROLES:
        if role in left:
            found |= held & right
        if role in right:
            found |= held & left
    return frozenset(found - {role})

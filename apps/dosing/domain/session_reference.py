"""The state table as a page for people: docs/reference/session-states.md is made from it, never written by hand."""

from __future__ import annotations

from apps.dosing.domain.session import (
    ACTION_EVENTS,
    ACTION_PERMISSIONS,
    ACTION_WORDS,
    CHECK_IN,
    FINAL_STATES,
    START,
    STATE_MEANINGS,
    TRANSITIONS,
    SessionAction,
    SessionState,
)


def page() -> str:
    """Return the page in Markdown: what each state means, a diagram, and the table of steps."""
    return "\n".join([*_head(), *_states(), *_diagram(), *_steps(), *_pairs()]) + "\n"


def _head() -> list[str]:
    return [
        "# States of a dosing session",
        "",
        "Generated from `apps/dosing/domain/session.py` by `manage.py session_states`. Do not edit.",
        "",
        "The database enforces the same table: a row cannot jump, whatever program writes it. Every step leaves a",
        "`SessionTransition` row that nobody can change.",
        "",
    ]


def _states() -> list[str]:
    rows = [f"| {state.value} | {STATE_MEANINGS[state]} |" for state in SessionState]
    return ["| state | meaning |", "|---|---|", *rows, ""]


def _diagram() -> list[str]:
    lines = [f"    [*] --> {START.value}: {CHECK_IN.replace('_', ' ').lower()}"]
    lines += [
        f"    {before.value} --> {after.value}: {ACTION_WORDS[action]}"
        for (before, action), after in TRANSITIONS.items()
    ]
    lines += [f"    {state.value} --> [*]" for state in SessionState if state in FINAL_STATES]
    return ["```mermaid", "stateDiagram-v2", *lines, "```", ""]


def _steps() -> list[str]:
    rows = [
        f"| {action.value} | {ACTION_WORDS[action]} | `{ACTION_PERMISSIONS[action].value}` "
        f"| `{ACTION_EVENTS[action]}` |"
        for action in SessionAction
    ]
    return ["| step | in words | permission | audit event |", "|---|---|---|---|", *rows, ""]


def _pairs() -> list[str]:
    head = "| from \\ step | " + " | ".join(action.value for action in SessionAction) + " |"
    rows = []
    for state in SessionState:
        cells = [
            TRANSITIONS[(state, action)].value if (state, action) in TRANSITIONS else "–"
            for action in SessionAction
        ]
        rows.append(f"| **{state.value}** | " + " | ".join(cells) + " |")
    return [
        "Every pair, a dash where the step is refused:",
        "",
        head,
        "|---" * (len(SessionAction) + 1) + "|",
        *rows,
    ]

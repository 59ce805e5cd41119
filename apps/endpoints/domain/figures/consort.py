"""The participant flow diagram (after CONSORT): boxes and arrows from screening to the end of the phase."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from apps.endpoints.domain.figures.canvas import INK, MUTED, Canvas, pen_for, wrap
from apps.endpoints.domain.flow import FlowColumn, ParticipantFlow, ReasonCount

WIDTH, TOP, GAP = 720.0, 12.0, 26.0
SIZE, LINE, PAD = 12.0, 16.5, 10.0
MAIN_FILL, SIDE_FILL, EDGE = "#f5f7fa", "#ffffff", "#9aa5b1"
MOST_REASONS = 6


@dataclass(frozen=True, slots=True)
class _Box:
    """Lines of text in a box, each with what stands at its right edge; the head is bold, `head_rows` rows
    too."""

    head: str
    rows: tuple[tuple[str, str], ...]
    x: float
    width: float
    top: float
    head_rows: int = 0

    @property
    def height(self) -> float:
        """How tall the box is."""
        return 2 * PAD + LINE * (1 + len(self.rows)) - 4

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.top + self.height

    @property
    def middle(self) -> float:
        """The x coordinate of its centre."""
        return self.x + self.width / 2


def consort_figure(
    flow: ParticipantFlow,
    *,
    key: str,
    title: str,
    reason_labels: dict[str, str] | None = None,
    hide_below: int = 0,
) -> str:
    """Draw the flow. `reason_labels` turns codes into words; counts of reasons below `hide_below` are summed
    up.

    :returns: SVG text.
    """
    labels = reason_labels or {}
    canvas_parts: list[tuple[_Box, str, str | None]] = []
    main_x, main_width, side_width = 190.0, 210.0, 250.0
    side_x = WIDTH - side_width - 8
    if len(flow.columns) == 1:
        main_x = 120.0
    screened = _Box("Screened", ((f"n = {flow.screened}", ""),), main_x, main_width, TOP)
    side = _Box(
        f"Failed screening (n = {flow.screen_failed})",
        _reasons(flow.screen_failed_by_reason, labels, width=side_width - 2 * PAD, hide_below=hide_below),
        side_x,
        side_width,
        screened.bottom + 12,
    )
    below = side.bottom
    waiting = None
    if flow.in_screening:
        waiting = _Box(
            "Still in screening", ((f"n = {flow.in_screening}", ""),), side_x, side_width, below + 10
        )
        below = waiting.bottom
    randomized = _Box("Randomized", ((f"n = {flow.randomized}", ""),), main_x, main_width, below + 14)
    count = max(len(flow.columns), 1)
    room = (WIDTH - 16 - (count - 1) * 18) / count
    width = min(room, 300.0)
    start = (
        main_x + main_width / 2 - width / 2 if count == 1 else (WIDTH - count * width - (count - 1) * 18) / 2
    )
    split = randomized.bottom + GAP
    stacks = [
        _stack(
            column,
            x=start + place * (width + 18),
            width=width,
            top=split + 18,
            labels=labels,
            hide=hide_below,
        )
        for place, column in enumerate(flow.columns)
    ]
    # Boxes of one kind stand on one height in every column.
    stacks = _align(stacks)
    height = max(stack[-1].bottom for stack in stacks) + 14 if stacks else randomized.bottom + 14
    canvas = Canvas(key=key, width=WIDTH, height=height, title=title, description=_describe(flow, labels))
    canvas_parts += [(screened, MAIN_FILL, None), (side, SIDE_FILL, None), (randomized, MAIN_FILL, None)]
    canvas.arrow(screened.middle, screened.bottom, screened.middle, randomized.top)
    canvas.arrow(screened.middle, side.top + 20, side.x, side.top + 20)
    if waiting is not None:
        canvas_parts.append((waiting, SIDE_FILL, None))
        canvas.arrow(screened.middle, waiting.top + 20, waiting.x, waiting.top + 20)
    _branches(canvas, randomized, stacks, split)
    for place, stack in enumerate(stacks):
        colour = pen_for(place, of=count).colour
        canvas_parts += [
            (box, MAIN_FILL, colour if number == 0 else None) for number, box in enumerate(stack)
        ]
        for upper, lower in pairwise(stack):
            canvas.arrow(upper.middle, upper.bottom, lower.middle, lower.top)
    for box, fill, edge in canvas_parts:
        _draw(canvas, box, fill=fill, colour=edge)
    return canvas.svg()


def _branches(canvas: Canvas, randomized: _Box, stacks: Sequence[Sequence[_Box]], split: float) -> None:
    if not stacks:
        return
    middles = [stack[0].middle for stack in stacks]
    if len(stacks) == 1 and middles[0] == randomized.middle:
        canvas.arrow(randomized.middle, randomized.bottom, middles[0], stacks[0][0].top)
        return
    canvas.line(randomized.middle, randomized.bottom, randomized.middle, split, stroke=MUTED, width=1.3)
    ends = [*middles, randomized.middle]
    canvas.line(min(ends), split, max(ends), split, stroke=MUTED, width=1.3)
    for stack in stacks:
        canvas.arrow(stack[0].middle, split, stack[0].middle, stack[0].top)


def _stack(
    column: FlowColumn, *, x: float, width: float, top: float, labels: dict[str, str], hide: int
) -> list[_Box]:
    inner = width - 2 * PAD
    name = wrap(column.label, width=inner, size=SIZE, bold=True)
    received = [("Received the spray", str(column.dosed))]
    if column.stopped_before_dose:
        received.append(("Left before the first dose", str(column.stopped_before_dose)))
    more = [(part, "") for part in name[1:]]
    allotted = _Box(
        name[0], (*more, (f"n = {column.randomized}", ""), *received), x, width, top, len(name) - 1
    )
    stopped = _Box(
        f"Stopped early (n = {column.discontinued})",
        _reasons(column.discontinued_by_reason, labels, width=inner, hide_below=hide),
        x,
        width,
        allotted.bottom + GAP,
    )
    rest = [("Ongoing", str(column.ongoing))] if column.ongoing else []
    completed = _Box("Completed", ((f"n = {column.completed}", ""), *rest), x, width, stopped.bottom + GAP)
    return [allotted, stopped, completed]


def _align(stacks: list[list[_Box]]) -> list[list[_Box]]:
    if not stacks:
        return stacks
    out: list[list[_Box]] = [[] for _ in stacks]
    top = stacks[0][0].top
    for level in range(len(stacks[0])):
        for place, stack in enumerate(stacks):
            box = stack[level]
            out[place].append(replace(box, top=top))
        top = max(row[level].bottom for row in out) + GAP
    return out


def _reasons(
    reasons: Sequence[ReasonCount], labels: dict[str, str], *, width: float, hide_below: int
) -> tuple[tuple[str, str], ...]:
    """The most frequent reasons, one line each; the rest (and every count that must not be shown) in one
    line."""
    shown = [reason for reason in reasons if reason.count >= hide_below]
    hidden = len(reasons) - len(shown)
    if hidden == 1 and shown:  # one hidden count would follow from the total
        shown = shown[:-1]
    shown = shown[:MOST_REASONS]
    rest = sum(reason.count for reason in reasons) - sum(reason.count for reason in shown)
    lines = []
    for reason in shown:
        words = labels.get(reason.reason, "")
        full = f"{reason.reason} {words}" if words else reason.reason
        label = wrap(full, width=width - 46, size=SIZE)
        lines.append((label[0].rstrip(",;:. ") + (" …" if len(label) > 1 else ""), str(reason.count)))
    if rest:
        lines.append(("Other reasons" if shown else "All reasons", str(rest)))
    return tuple(lines)


def _draw(canvas: Canvas, box: _Box, *, fill: str, colour: str | None) -> None:
    canvas.rect(box.x, box.top, box.width, box.height, fill=fill, stroke=colour or EDGE, radius=5)
    if colour is not None:
        canvas.rect(box.x, box.top, 4, box.height, fill=colour, radius=2)
    x, y = box.x + PAD + (3 if colour else 0), box.top + PAD + 10
    canvas.text(x, y, box.head, size=SIZE, bold=True)
    for number, (row, count) in enumerate(box.rows, start=1):
        canvas.text(x, y + LINE * number, row, size=SIZE, fill=INK, bold=number <= box.head_rows)
        if count:
            canvas.text(box.x + box.width - PAD, y + LINE * number, count, size=SIZE, anchor="end")


def _describe(flow: ParticipantFlow, labels: dict[str, str]) -> str:
    parts = [
        f"Of {flow.screened} screened, {flow.screen_failed} failed screening and {flow.randomized} were randomized."
    ]
    parts += [
        f"{column.label}: {column.randomized} randomized, {column.dosed} received the spray, {column.discontinued} "
        f"stopped early, {column.completed} completed."
        for column in flow.columns
    ]
    return "\n".join(parts)

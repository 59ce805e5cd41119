"""Figures as SVG text, drawn by ourselves: no plotting library, no style sheet, no script.

Only presentation attributes are used, so that a page under a strict content security policy and a typesetter
show the same picture. Every figure has a title and a description for those who do not see it, and never tells
arms apart by colour alone: each arm has its own marker and dash, and its name stands beside its line or bar.
"""

from apps.endpoints.domain.figures.change import ChangeLine, ChangePoint, change_figure
from apps.endpoints.domain.figures.consort import consort_figure
from apps.endpoints.domain.figures.course import CourseLine, CoursePoint, course_figure
from apps.endpoints.domain.figures.differences import DifferenceRow, differences_figure
from apps.endpoints.domain.figures.rates import RateBar, RateGroup, rates_figure
from apps.endpoints.domain.figures.surface import SurfaceCell, surface_figure
from apps.endpoints.domain.figures.survival import SurvivalLine, survival_figure

__all__ = [
    "ChangeLine",
    "ChangePoint",
    "CourseLine",
    "CoursePoint",
    "DifferenceRow",
    "RateBar",
    "RateGroup",
    "SurfaceCell",
    "SurvivalLine",
    "change_figure",
    "consort_figure",
    "course_figure",
    "differences_figure",
    "rates_figure",
    "surface_figure",
    "survival_figure",
]

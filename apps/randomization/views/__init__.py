"""Pages of randomization: the draw, the allocations of a site, the study's lists."""

from apps.randomization.views.allocations import allocation, allocation_list
from apps.randomization.views.drawing import randomize
from apps.randomization.views.lists import list_detail, lists

__all__ = ["allocation", "allocation_list", "list_detail", "lists", "randomize"]

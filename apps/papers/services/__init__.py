"""Printing papers, and what became of the monitoring data sheet."""

from apps.papers.services.printing import Paper, downtime_print, paper_print
from apps.papers.services.sending import sheet_sending_record, sheet_sending_take_back

__all__ = ["Paper", "downtime_print", "paper_print", "sheet_sending_record", "sheet_sending_take_back"]

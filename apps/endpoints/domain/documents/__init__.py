"""A report written down: HTML, PDF, CSV and JSON. The same report gives the same bytes."""

from apps.endpoints.domain.documents.csv_tables import tables_csv
from apps.endpoints.domain.documents.files import ReportDocument, documents_of
from apps.endpoints.domain.documents.html import report_html
from apps.endpoints.domain.documents.pdf import report_pdf

__all__ = ["ReportDocument", "documents_of", "report_html", "report_pdf", "tables_csv"]

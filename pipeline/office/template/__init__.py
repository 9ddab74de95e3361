"""Template: an Excel mark sheet made from what Surpass tells, to be filled in and dropped back."""

from pipeline.office.template.forms import Form, forms
from pipeline.office.template.workbook import build

__all__ = ["Form", "build", "forms"]

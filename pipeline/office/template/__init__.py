"""Template: an Excel mark sheet made from what Surpass tells, to be filled in and dropped back."""

from pipeline.office.template.forms import Form, group_into_forms
from pipeline.office.template.workbook import build_workbook

__all__ = ["Form", "build_workbook", "group_into_forms"]

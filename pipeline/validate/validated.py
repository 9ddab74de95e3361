"""All that is found in the files of a run without Surpass, in the order in which it is found."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.model import Interpreted, Validated
from pipeline.validate.anomalies import with_tripwires
from pipeline.validate.entries import DEFAULT_OPTIONS, validate
from pipeline.validate.too_many_errors import without_those_held_too_often
from schemas.validation_options import ValidationOptions


def validated(
    sources: Sequence[Interpreted], options: ValidationOptions = DEFAULT_OPTIONS
) -> Validated:
    """The files' entries as submissions, with all findings; nothing of a file that is too wrong."""
    read = with_tripwires(validate(sources, options), options.hold_on)
    left = without_those_held_too_often(read, options)
    return read if left is None else validated(left, options)

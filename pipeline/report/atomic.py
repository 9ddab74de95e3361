"""Write a file so that a reader sees all of it or none of it, even after a power cut."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from pipeline.rights import file_mode


def write_bytes(path: Path, content: bytes) -> None:
    """Put the content there by an atomic rename, once it is on the disk."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
        made = Path(file.name)
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        except BaseException:
            made.unlink()
            raise
    try:
        made.chmod(file_mode(path.parent))
        made.replace(path)
    except OSError:
        made.unlink(missing_ok=True)
        raise

"""Durable files: what all rooms write so that it outlives a power cut."""

import os
from pathlib import Path


def sync(path: Path) -> None:
    """Make what was written to a file, or which files a folder names, outlive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def put_in_place(fresh: Path, path: Path) -> None:
    """Put a file that is ready in another's stead, in one step; it is durable when this returns."""
    sync(fresh)
    fresh.replace(path)
    sync(path.parent)


def write_durably(path: Path, content: bytes, mode: int = 0o666) -> None:
    """Replace a file's content in one step; it is durable when this returns. 0o600: for the owner alone."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    try:
        fresh.touch(mode, exist_ok=False)
        fresh.write_bytes(content)
        put_in_place(fresh, path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise

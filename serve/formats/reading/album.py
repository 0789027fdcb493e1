"""The textures that a file names by their paths."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from serve.formats.reading.files import Files
from serve.formats.reading.pictures import Pictures
from serve.formats.reading.quoting import quoted

__all__ = ["Album"]


class Album:
    """The textures of a file, each decoded once.

    Args:
        files: Where they are.

    Attributes:
        pictures: Counts their texels.
        warnings: What was missing.
    """

    def __init__(self, files: Files) -> None:
        self._files, self._shown = files, dict[str, NDArray[np.uint8] | None]()
        self.pictures = Pictures()
        self.warnings: list[str] = []

    def picture(self, path: str | None) -> NDArray[np.uint8] | None:
        """The picture of a path, uint8 [H, W, 4]."""
        if path is None:
            return None
        if path not in self._shown:
            data = self._files.find(path)
            self._shown[path] = None if data is None else self.pictures.decode(data, path)
            if data is None:
                self.warnings.append(
                    f"The texture {quoted(path)} did not come with the file and was left out."
                )
        return self._shown[path]

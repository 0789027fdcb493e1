"""The program that codes films, in a process of its own: all that knows FFmpeg, and its licences, is here.

`python -m serve.formats.video.child FORMAT`: FORMAT is a `VideoFormat` as JSON; frames come from the standard
input, one after the other without anything between them; the file goes to the standard output.
"""

from __future__ import annotations

__all__: list[str] = []

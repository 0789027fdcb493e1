"""Films as files, and frames on their way to them.

    wanted = VideoFormat(width=512, height=512, fps=30, frame_count=120, codec=Codec.H264)
    film = encode_video(chain.from_iterable(map(iterate_frames, chunks)), wanted, check=tools.check)

`chunks` packs frames between stages, to the bit. `encoding` checks them and has them coded: by `pictures`
here, as a ZIP of PNGs, or through `process` by the program in `child`, which alone loads FFmpeg
(docs/decisions/0021-video-by-ffmpeg-in-its-own-process.md).
"""

from __future__ import annotations

from serve.formats.video.chunks import iterate_frames, pack_frames, unpack_frames
from serve.formats.video.encoding import EncodedVideo, encode_video
from serve.formats.video.pictures import poster_of
from serve.formats.video.process import HOW_TO_GET_VIDEO, video_available
from serve.formats.video.wanted import MEDIA_TYPES, VideoFormat, frame_rate

__all__ = [
    "HOW_TO_GET_VIDEO",
    "MEDIA_TYPES",
    "EncodedVideo",
    "VideoFormat",
    "encode_video",
    "frame_rate",
    "iterate_frames",
    "pack_frames",
    "poster_of",
    "unpack_frames",
    "video_available",
]

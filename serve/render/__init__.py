"""Pictures of assets: a ray tracer as Warp kernels, the same on the CPU and on CUDA.

    camera = frame_bounds(*mesh.bounds, azimuth_deg=30.0, elevation_deg=20.0)
    png = encode_png(render_picture(mesh, camera, PictureSettings(width=512, height=512)))

`camera` frames, `lighting` is the studio, `scene` puts both and the mesh on the device, `kernels` trace, and
`tone` develops. Light is estimated, not looked up: each camera ray that hits sends one ray to a soft sun,
several to the sky (which bring one bounce back), and one along the gloss.
"""

from __future__ import annotations

from serve.render.camera import Camera, frame_bounds
from serve.render.picture import encode_png, render_picture, trace_linear
from serve.render.settings import PictureSettings

__all__ = ["Camera", "PictureSettings", "encode_png", "frame_bounds", "render_picture", "trace_linear"]

"""A script for Blender's Python: reads a GLB, writes an FBX; imports nothing of the service, which runs it.

Usage: python blender_fbx.py IN.glb OUT.fbx
"""

from __future__ import annotations

import datetime as dt
import functools
import os
import sys

__all__ = ["main"]


def main(source: str, target: str) -> None:
    """Turn the GLB at `source` into the FBX at `target`; needs `bpy`."""
    import bpy
    from io_scene_fbx import export_fbx_bin

    # The header holds the time of writing: that of an asset is the same each time.
    export_fbx_bin.fbx_header_elements = functools.partial(
        export_fbx_bin.fbx_header_elements, time=dt.datetime(1980, 1, 1)
    )
    path_of = export_fbx_bin._gen_vid_path

    def file_name_alone(*arguments: object) -> tuple[str, str]:
        """A picture's absolute and relative path, but for the folder, which nobody else will ever have."""
        name = os.path.basename(path_of(*arguments)[1])
        return name, name

    export_fbx_bin._gen_vid_path = file_name_alone
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.import_scene.gltf(filepath=source)
    for image in bpy.data.images:
        image.filepath_raw = f"{image.name}.{'jpg' if image.file_format == 'JPEG' else 'png'}"
    unfinished = f"{target}.part"
    bpy.ops.export_scene.fbx(
        filepath=unfinished,
        object_types={"EMPTY", "MESH"},
        path_mode="COPY",
        embed_textures=True,
        apply_scale_options="FBX_SCALE_ALL",
        axis_forward="-Z",
        axis_up="Y",
        bake_space_transform=True,
        use_tspace=False,
        add_leaf_bones=False,
        bake_anim=False,
        check_existing=False,
    )
    os.replace(unfinished, target)  # there whole or not at all


if __name__ == "__main__":
    main(*sys.argv[1:])

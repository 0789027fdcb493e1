"""Which stages a request needs: pure functions, no input or output.

`text_to_3d` and `convert` plan how a mesh comes about, `finishing` what is made of every mesh: textures,
levels of detail, files, pictures and the acceptance report. `three_d_to_video` plans a film of one.
"""

from __future__ import annotations

from serve.planning.checks import check_fragment, check_plan, plan_weight, spare_calls
from serve.planning.convert import plan_convert
from serve.planning.names import asset_name
from serve.planning.text_to_3d import plan_text_to_3d
from serve.planning.three_d_to_video import film_work, plan_three_d_to_video

__all__ = [
    "asset_name",
    "check_fragment",
    "check_plan",
    "film_work",
    "plan_convert",
    "plan_text_to_3d",
    "plan_three_d_to_video",
    "plan_weight",
    "spare_calls",
]

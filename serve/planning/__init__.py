"""Which stages a request needs: pure functions, no input or output.

`text_to_3d` and `convert` plan how a mesh comes about, `finishing` what is made of every mesh: textures,
levels of detail, files, pictures and the acceptance report.
"""

from __future__ import annotations

from serve.planning.checks import check_fragment, check_plan, plan_weight, spare_calls
from serve.planning.convert import plan_convert
from serve.planning.names import asset_name
from serve.planning.text_to_3d import plan_text_to_3d

__all__ = [
    "asset_name",
    "check_fragment",
    "check_plan",
    "plan_convert",
    "plan_text_to_3d",
    "plan_weight",
    "spare_calls",
]

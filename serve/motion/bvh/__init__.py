"""Motion capture from BVH files: read, written, and carried over to a skeleton of ours.

    clip = retarget(read_bvh(data), rig, mesh)

`document` is what a file holds, `reading` and `writing` its text, `names` what its joints are called,
`retargeting` the way from its body to another one.
"""

from serve.motion.bvh.document import Bvh, BvhJoint
from serve.motion.bvh.reading import read_bvh
from serve.motion.bvh.retargeting import retarget
from serve.motion.bvh.writing import write_bvh

__all__ = ["Bvh", "BvhJoint", "read_bvh", "retarget", "write_bvh"]

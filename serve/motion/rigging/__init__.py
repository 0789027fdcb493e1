"""Skeletons found in meshes: from the names of their parts, or from their shape alone.

    rig = build_rig(mesh)             # the plan that suits it best
    check_riggable(mesh).reasons      # why the others do not fit
    rig = first_rig(mesh, kinds)      # the first of some plans that fits

`volume` cuts the solid into cells, `distances` measures ways inside it. `part_bodies` tells the trunk, the
head and the limbs by the names of parts, `shape_bodies` by what sticks out; `releasing` frees arms and wings
that lie along the trunk. `biped`, `quadruped`, `bird`, `chain` and `medial` draw the bones, and `weights`
binds the skin. `part_rigs` moves whole parts: wheels, doors, or each by itself (`serve.motion.parting`
cuts them off where they are fused).
"""

from serve.motion.rigging.plans import Riggable, build_rig, check_riggable, first_rig

__all__ = ["Riggable", "build_rig", "check_riggable", "first_rig"]

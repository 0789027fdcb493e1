"""How an asset moves: a skeleton inside it, what of it follows which joint, and clips of poses over time.

skeleton   joints in their rest pose, with roles and limits
skin       which joints a vertex follows, and by how much
clip       poses at instants; between them positions go straight and rotations along the sphere

`rigging` finds skeletons in meshes; `presets` and `bvh` make clips; `poses` hang joints on each other and
`skinning` moves the mesh with them; `limits` and `ik` keep and place limbs; `parting` takes apart what moves
part by part.
"""

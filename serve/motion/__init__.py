"""How an asset moves: a skeleton inside it, what of it follows which joint, and clips of poses over time.

skeleton   joints in their rest pose, with roles and limits
skin       which joints a vertex follows, and by how much
clip       poses at instants; between them positions go straight and rotations along the sphere
"""

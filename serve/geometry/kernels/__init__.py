"""Device code of the geometry: Warp structs, functions and kernels.

Warp's own compiler checks the types here; mypy cannot see through its decorators.
"""

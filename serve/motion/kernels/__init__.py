"""Device code of the motion: Warp functions and kernels.

Warp's own compiler checks the types here; mypy cannot see through its decorators.
"""

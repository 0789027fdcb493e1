"""Device code of the ray tracer: Warp structs, functions and the one kernel.

Warp's own compiler checks the types here, on the CPU and on CUDA; mypy cannot see through its decorators.
"""

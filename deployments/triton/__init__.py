"""A real Triton server on this machine, from a wheel: installed, started, watched, ended."""

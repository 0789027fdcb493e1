"""The mechanics of a scene: materials, mass, and the solvers that move it."""

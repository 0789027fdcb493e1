"""The wires: HTTP here; each offers every row of `serve.operations` and decides nothing of its own."""

"""The wires: HTTP and gRPC, each for threads and for event loops; they perform calls and nothing more."""

"""The gRPC wire, by version."""

"""Load on a running service, from outside."""

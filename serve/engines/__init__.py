"""Engines run models for the stages; `protocol.Engine` is the seam between the two."""

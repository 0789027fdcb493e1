"""Shapes as plain functions on arrays: parts, meshes, materials."""

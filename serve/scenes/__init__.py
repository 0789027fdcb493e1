"""From a sentence to a scene whose every object has its place, size and material."""

"""The house model's recipe: procedural shapes, their captions, training, evaluation."""

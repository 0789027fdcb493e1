"""Device code of the baker: whose a texel is, what the source shows there, and how open it is."""

"""What Galatea costs: each script writes its table beside itself."""

"""What the parts of the service say to each other: requests, plans, stages, results, errors."""

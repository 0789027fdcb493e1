"""The service: contracts, stages and the loop that runs them. Knows no Ray and no Kubernetes."""

"""A stand-in for the service that waits for a sign of life."""

"""What granian runs: the data plane in front, Django's handler behind it in a thread pool."""

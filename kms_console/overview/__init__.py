"""Pages about everything at once: the overview, the search, the managed HSMs."""

"""The rehearsal: the real stages over a world in memory, driven by one seed, and what may never happen in it."""

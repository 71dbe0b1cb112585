"""Bugs that are put into the product on purpose: each must be reported by a checker, or the proof is worth nothing."""

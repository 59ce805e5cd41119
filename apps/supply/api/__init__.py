"""Kits, and randomization's answer, which holds kits and is therefore spoken here, above randomization."""

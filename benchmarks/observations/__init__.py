"""How fast an observation is kept: the whole PUT on the stack of `make run`, against the same rows written bare."""

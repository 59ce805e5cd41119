"""The seal of an anchor, as plain Python."""

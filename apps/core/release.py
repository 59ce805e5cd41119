"""Which Vigil this is: on every page, in every report."""

RELEASE = "0.1.0"

"""Departures from the protocol: what they are, how grave, what was done about them. Nothing here judges a person."""

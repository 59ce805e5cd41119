"""The two hours after a dose: what is due, what was found, and whether the participant may leave."""

"""When an envelope may be opened, for whom, and what follows. No arm is known here."""

"""What to tell whom, and when. The row that is due comes first, the message later."""

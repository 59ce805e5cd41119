"""What is printed of a session: each paper is one frozen value, computed from the record and nothing else.

No paper names an arm, carries a value forward, or answers what the record does not know: an open box stays open.
"""

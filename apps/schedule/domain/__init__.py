"""Which visits are due, and when: windows, spacing between doses, and what a visit's state is called.

It deliberately knows no arm and no answer of a rating: a schedule looks the same whatever was allocated.
"""

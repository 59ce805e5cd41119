"""Analyses of a statistician's own file: a table is read, what was asked is fitted, and the answer is text and JSON.

Nothing here knows a study, a database or a clock; `manage.py analyze` is the door.
"""

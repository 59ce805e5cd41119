"""A fictional trial that behaves like TRANSFORM-2, made from a seed, as plain values.

The parameters come from what was published about TRANSFORM-2 (NCT02418585) and, where nothing was published,
from the label's pooled tables or from a stated assumption. Nobody in it exists. The same seed gives the same
trial; arms are put in from outside, because the list that decides them is sealed.

Deliberately absent: the database and the clock. Whoever seeds a study turns these values into rows.
"""

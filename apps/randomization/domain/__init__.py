"""Making a randomization list: the random stream, permuted blocks, strata, and the commitment to all of them.

A list says, for each stratum, which arm the next participant gets. It is made once from a secret seed and
the protocol's parameters, before the first participant, and is then only read. What is here never meets a
participant: the draw itself happens inside the database, where the list is sealed (see
docs/decisions/0004-where-the-blind-is-kept.md).
"""

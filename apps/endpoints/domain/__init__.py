"""What the trial found: analysis sets, estimates, tables and figures, as plain values.

Values come in as frozen records and leave as frozen results. Every rate carries its denominator and its rule
for missing data; a mean that was observed and a mean that a model estimated are different types, so that a
page cannot print one under the heading of the other. The same code serves a blinded reader: without arms it
pools everybody.

Deliberately absent: the database, the clock, the sealed list, and any cut-off that differs between protocols.
"""

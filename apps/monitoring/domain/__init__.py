"""The two hours after a dose: what is due, what was found, and whether the participant may leave.

Every limit, minute and interval comes from the protocol. A value seen once is never carried forward: where a
reading is missing, nothing is assumed. It deliberately gives no advice on treatment and sounds no alarm; it repeats
what the protocol says of the values a person entered.
"""

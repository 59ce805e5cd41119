"""Whether somebody may take part: criteria against facts, with every reason.

The protocol's criteria are data; nothing here knows a limit. Three answers exist (yes, no, not known yet), and an
unknown never makes anybody eligible. Deliberately absent: arms and lists. Which randomization list a participant
belongs to is asked only as far as whether it can be told.
"""

"""One dosing session, from check-in to the end: gates, dose, devices, and the states between.

It deliberately knows nothing of the two hours that follow; whoever ends a session brings a proof from there.
"""

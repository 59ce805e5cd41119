"""What a study must pass before it takes anybody in: rules over its real configuration, and a play of it.

Every rule here takes frozen values and returns findings. What a finding says is read by blinded people too, so no word
of it names an arm, a place of a list or a content of a kit; a test holds the words against that.
"""

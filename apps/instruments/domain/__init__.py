"""Rating scales: their items, ranges and scores; and who may enter which.

Deliberately absent: the wording of any licensed instrument. Items carry a number and a neutral name, answers are
numbers; a site that holds a license keeps the printed form beside the screen. Absent too: sessions, doses and
adverse events, so that a rater's page cannot show them even by mistake.
"""

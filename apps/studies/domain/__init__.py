"""The protocol as data: what a trial does, to whom, when, and by which limits.

Here live the shape of a protocol file, the language of its rules, and the checks that find a study author's
mistake. Deliberately absent: any number that differs between protocols (those are in
`apps/studies/protocols/`), and any knowledge of who is enrolled.
"""

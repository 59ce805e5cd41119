"""What a sponsor may be shown: accrual against the plan, and counts in which nobody can be recognized."""

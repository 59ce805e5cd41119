"""How fast the estimators beside the mixed model are, and how often imputation covers the truth."""

"""How fast the mixed model for repeated measures is fitted, beside R where it is there, and how often it is right."""

"""Adverse events: any untoward occurrence, causal or not, and how long it lasted from the dose."""

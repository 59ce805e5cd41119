"""Measurements, run by hand; nothing here is part of the product or of its tests."""

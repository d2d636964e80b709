"""Contour sketches of people, by the edge detector HED."""

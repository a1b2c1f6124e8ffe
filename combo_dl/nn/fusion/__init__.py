"""Fusions: drugs and a profile to one vector a combination, whatever the order of the drugs."""

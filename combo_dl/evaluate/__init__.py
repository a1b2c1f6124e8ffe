"""Protocols and baselines: every score beside what a closed form reaches."""

"""Kernel ridge on pairs of drugs in profiles: a closed form that knows structures and curves."""

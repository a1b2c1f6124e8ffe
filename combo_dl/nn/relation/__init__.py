"""Relation encoders: x_DH and a graph of drugs and targets to x_DH."""

"""Molecule encoders: catalog tensors to x_DH."""

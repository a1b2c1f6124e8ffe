"""Profile encoders: components, masks and categories to p_UH."""

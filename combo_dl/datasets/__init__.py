"""Public or synthetic sources become a Study."""

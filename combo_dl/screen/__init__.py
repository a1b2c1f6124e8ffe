"""All combinations of many drugs over many profiles, scored in blocks and ranked for a trial."""

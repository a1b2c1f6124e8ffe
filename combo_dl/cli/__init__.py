"""The command line: one function a verb. The only room that knows Hydra."""

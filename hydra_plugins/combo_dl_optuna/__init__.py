"""A Hydra sweeper on Optuna: resumable, with pruning and several objectives."""

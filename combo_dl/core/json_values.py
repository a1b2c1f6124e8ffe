"""Values as JSON can hold them: it has no NaN and no tuples."""

import numpy as np


def json_value(value: object) -> object:
    """The value with None for each number that is not defined and lists for tuples, at any depth
    of mappings, lists and tuples."""
    if isinstance(value, dict):
        return {k: json_value(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [json_value(v) for v in value]
    return None if isinstance(value, float | np.floating) and value != value else value

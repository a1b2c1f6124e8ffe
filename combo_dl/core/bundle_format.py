"""What a bundle folder holds; written by ``train``, read by ``infer``."""

FORMAT = 1
CARD = "card.json"
WEIGHTS = "weights.safetensors"
WORLD = "world.npz"
README = "README.md"

INTENDED_USE = (
    "Ranking drug combinations for research: hypotheses for trials, never treatment advice. "
    "Predictions far from the training data (see the support column) are guesses."
)

"""What a bundle folder holds; written by ``train``, read by ``infer``."""

FORMAT = 2
READ = (1, 2)  # formats that this version reads; 1 has networks alone and one factor of deviations
CARD = "card.json"
WEIGHTS = "weights.safetensors"
WORLD = "world.npz"
README = "README.md"
KERNEL = "kernel:"  # prefix of the arrays of the kernel ridge

INTENDED_USE = (
    "Ranking drug combinations for research: hypotheses for trials, never treatment advice. "
    "Predictions far from the training data (see the support column) are guesses."
)

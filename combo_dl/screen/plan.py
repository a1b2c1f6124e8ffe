"""Plan: the blocks of a screen, and which set a number is."""

from dataclasses import dataclass
from math import comb

from combo_dl.core.errors import ConfigError
from combo_dl.screen.combos import Block, blocks_of, sets_of

# States that are not kept are made again in each block: it then holds many sets a state.
SETS_A_STATE = 40


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Sets of ``sizes`` drugs of ``drugs``, numbered size by size."""

    drugs: int
    sizes: range
    sets: int

    @property
    def total(self) -> int:
        """Sets in all."""
        return sum(comb(self.drugs, k) for k in self.sizes)

    def blocks(self) -> list[Block]:
        """All blocks in order."""
        return blocks_of(self.drugs, self.sizes, sets=self.sets)

    def first(self, size: int) -> int:
        """The number of the first set of a size."""
        return sum(comb(self.drugs, k) for k in self.sizes if k < size)

    def set_of(self, number: int) -> tuple[int, ...]:
        """The drugs of a set."""
        for size in self.sizes:
            count = comb(self.drugs, size)
            if number < count:
                one = Block(number=0, size=size, start=number, stop=number + 1)
                return tuple(sets_of(one, self.drugs)[0].tolist())
            number -= count
        raise IndexError(f"there is no set {number} beyond the last")


def plan_of(drugs: int, profiles: int, sizes: range, *, block_rows: int, kept: bool) -> Plan:
    """block_rows: scores (sets x profiles) of a block. kept: states are made once for all blocks.

    Raises ConfigError where there are fewer drugs than a set has.
    """
    if drugs < sizes.stop - 1:
        raise ConfigError(
            f"size goes to {sizes.stop - 1}, but {drugs} drugs are screened; ask for smaller sets "
            "or name more drugs"
        )
    if block_rows < 1:
        raise ConfigError(f"block_rows is {block_rows}; expected 1 or more")
    rows = block_rows if kept else max(block_rows, SETS_A_STATE * drugs * profiles)
    return Plan(drugs=drugs, sizes=sizes, sets=max(1, rows // profiles))

"""SingleEffects: which side effects are known of drugs that are taken alone.

A new drug has a package leaflet, and reports, of its own before its first combination is reported.
They are an input, never a label.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from combo_dl.core.arrays import take, take_text, text_array
from combo_dl.core.errors import FormatError
from combo_dl.core.vocab import Vocab

TABLE = "single_effects"  # the name of the table among those kept with a study: drug, code


@dataclass(frozen=True, kw_only=True)
class SingleEffects:
    """has: bool[D, E], whether each of ``drugs`` has each of ``codes`` alone. A drug of which
    nothing is known is not among ``drugs``."""

    drugs: Vocab
    codes: Vocab
    has: np.ndarray

    def at(self, drugs: Sequence[str], codes: Sequence[str]) -> np.ndarray:
        """bool[D', E'] of these names; False where a drug or a code is not known."""
        found = np.zeros((len(drugs), len(codes)), bool)
        row, column = (
            np.array([v.get(n) for n in names], np.int64)
            for v, names in ((self.drugs, drugs), (self.codes, codes))
        )
        to, to_code = np.flatnonzero(row >= 0), np.flatnonzero(column >= 0)
        found[np.ix_(to, to_code)] = self.has[np.ix_(row[to], column[to_code])]
        return found

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Flat arrays for an npz file."""
        return {
            "drugs": text_array(self.drugs.names),
            "codes": text_array(self.codes.names),
            "has": np.packbits(self.has, axis=1),
        }

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray]) -> "SingleEffects":
        """The inverse of ``to_arrays``. Raises FormatError."""
        drugs, codes, has = (
            take_text(arrays, "drugs"),
            take_text(arrays, "codes"),
            take(arrays, "has"),
        )
        if has.dtype != np.uint8 or has.shape != (len(drugs), -(-len(codes) // 8)):
            raise FormatError(
                f"broken effects of single drugs: {has.dtype}{has.shape} for {len(drugs)} drugs "
                f"and {len(codes)} effects"
            )
        return cls(
            drugs=Vocab(kind="drug", names=drugs),
            codes=Vocab(kind="effect", names=codes),
            has=np.unpackbits(has, axis=1, count=len(codes)).astype(bool),
        )


def single_effects(table: pa.Table) -> SingleEffects:
    """Those of a table with the columns ``drug`` and ``code``, a row an effect of a drug."""
    drug, code = (table.column(c).to_pylist() for c in ("drug", "code"))
    drugs, codes = Vocab.of("drug", drug), Vocab.of("effect", code)
    has = np.zeros((len(drugs), len(codes)), bool)
    has[drugs.ids(drug), codes.ids(code)] = True
    return SingleEffects(drugs=drugs, codes=codes, has=has)

"""How many rows the next batch may take: large when behind, small enough to stay smooth."""

from dataclasses import dataclass, replace

#: Below this a batch's fixed cost outweighs its rows.
SMALLEST = 200


@dataclass(frozen=True)
class Pace:
    """The size of the next batch, in sequence numbers."""

    size: int
    largest: int
    seconds: float  # what one batch may take

    def after(self, folded: int, took: float) -> "Pace":
        """The pace after a batch of `folded` sequence numbers that took `took` seconds."""
        if took > self.seconds:
            return replace(self, size=max(SMALLEST, self.size // 2))
        if folded >= self.size and took < self.seconds / 2:
            return replace(self, size=min(self.largest, self.size * 2))
        return self

    def after_failure(self) -> "Pace":
        """Halved down to the single row at fault, which is then parked."""
        return replace(self, size=max(1, self.size // 2))

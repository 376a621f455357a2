"""The logarithmic market scoring rule in the integers of the local market program, bit for bit.

    C(yes, no) = b ln(e^(yes/b) + e^(no/b)) = max + b ln(1 + e^(-|yes - no|/b))

Fixed point with 62 fractional bits: the second form needs only e^-t for 0 <= t <= 20 and
ln(1+y) for 0 < y <= 1. Proven within 1e-6 of 60-digit decimals for b in [MIN_B, MAX_B]; in fact
the error stays below a thousandth of a lamport before rounding. A buyer's cost is rounded up, a
seller's proceeds down, so the pool never loses by rounding. The program's source is
`chain/local/program/lmsr.h`; a program deployed elsewhere may approximate, and its emitted prices
are what counts.
"""

from dataclasses import dataclass, replace

FRACTION_BITS = 62
ONE = 1 << FRACTION_BITS
#: A price of 1 (certainty), and a whole share, in the interface's units.
PRICE_ONE = 1_000_000_000
#: Lamports; below 100 SOL a market cannot trade, above 1,000,000 SOL nothing is proven.
MIN_B, MAX_B = 100_000_000_000, 1_000_000_000_000_000
#: Shares of one outcome never exceed this many b.
MAX_EXPONENT = 20

_LN_2 = 0x2C5C85FDF473DE6B  # rounded up: deposits cover the loss
_DECAY = (  # e^-n, n = 0..20, rounded down
    0x4000000000000000,
    0x178B56362CEF37C6,
    0x08A95551DFC0E5CF,
    0x032FB61999D615D9,
    0x012C155B8213CF47,
    0x006E64FF80354DD8,
    0x00289CA3E227A9AB,
    0x000EF0B5CE1254C7,
    0x00057F08410409EB,
    0x0002059E44A4CA8B,
    0x0000BE6BCDAB23E4,
    0x0000460D508E3D9D,
    0x000019C54C3B43BC,
    0x0000097B029DCC0E,
    0x0000037CD8DFB602,
    0x000000014875CA227E,
    0x00000078D56EEBBA,
    0x0000002C73C62EB4,
    0x000000105A628C69,
    0x000000060415BFCB,
    0x000000023690CABE,
)


class ExponentTooLargeError(ValueError):
    """Shares beyond MAX_EXPONENT times b (the program's error 6039)."""


def _mul(a: int, b: int) -> int:
    return a * b >> FRACTION_BITS


def decay(distance: int, b: int) -> int:
    """e^(-distance/b) with 62 fractional bits, 0 <= distance <= 20 b.

    Raises:
        ExponentTooLargeError: the distance is larger.
    """
    whole, rest = divmod(distance, b)
    if distance > MAX_EXPONENT * b:
        raise ExponentTooLargeError
    fraction, total = rest * ONE // b, ONE
    for k in range(20, 0, -1):
        total = ONE - _mul(fraction, total) // k
    return _mul(_DECAY[whole], total)


def log_1_plus(y: int) -> int:
    """ln(1+y), both with 62 fractional bits, 0 <= y <= 1."""
    z, total = y * ONE // (2 * ONE + y), 0
    square = _mul(z, z)
    for odd in range(39, 0, -2):
        total = ONE // odd + _mul(square, total)
    return 2 * _mul(z, total)


@dataclass(frozen=True)
class Curve:
    """A market maker's state: b in lamports, shares of both outcomes in 1e-9 of a share."""

    b: int
    yes: int
    no: int

    @property
    def distance(self) -> int:
        """How far the outcomes' shares lie apart."""
        return abs(self.yes - self.no)

    @property
    def cost(self) -> int:
        """C(yes, no) in 2^-64ths of a lamport."""
        log = self.b * log_1_plus(decay(self.distance, self.b))
        return (max(self.yes, self.no) << 64) + (log << 64 - FRACTION_BITS)

    @property
    def price_yes(self) -> int:
        """The price of YES in 1e-9; that of NO is what lacks to PRICE_ONE."""
        leading = PRICE_ONE * ONE // (ONE + decay(self.distance, self.b))
        return leading if self.yes >= self.no else PRICE_ONE - leading

    def fine_price(self, *, yes: bool) -> int:
        """The price of one outcome with 62 fractional bits, rounded down."""
        rest = decay(self.distance, self.b)
        leads = self.shares(yes=yes) >= self.shares(yes=not yes)
        return (ONE if leads else rest) * ONE // (ONE + rest)

    def shares(self, *, yes: bool) -> int:
        """Shares of YES or of NO."""
        return self.yes if yes else self.no

    def moved(self, shares: int, *, yes: bool) -> "Curve":
        """The state after buying (or, negative, selling) shares of an outcome."""
        return replace(self, yes=self.yes + shares) if yes else replace(self, no=self.no + shares)


def buy_cost(curve: Curve, shares: int, *, yes: bool) -> int:
    """Lamports, before fees, that buying shares costs; rounded up."""
    return max(0, -(curve.cost - curve.moved(shares, yes=yes).cost >> 64))


def sell_proceeds(curve: Curve, shares: int, *, yes: bool) -> int:
    """Lamports, before fees, that selling shares brings; rounded down."""
    return max(0, curve.cost - curve.moved(-shares, yes=yes).cost >> 64)


def least_liquidity(b: int) -> int:
    """The initial liquidity that a market must deposit: its largest loss, b ln 2, rounded up."""
    return -(-b * _LN_2 >> FRACTION_BITS)


def shares_for_cost(curve: Curve, budget: int, *, yes: bool) -> int:
    """The most shares whose cost before fees is within the budget.

    Newton's method from above, doubling steps until they are affordable, then bisection: the
    program takes the same path, so that both end on the same share where rounding leaves a choice.

    Args:
        curve: the market maker's state.
        budget: lamports before fees, at least 1.
        yes: which outcome to buy.

    Returns:
        Shares in 1e-9, possibly 0.

    Raises:
        ExponentTooLargeError: the budget reaches beyond MAX_EXPONENT.
    """
    room = MAX_EXPONENT * curve.b - curve.shares(yes=yes)
    low = budget - 1  # a share costs at most one lamport
    if low >= room:
        raise ExponentTooLargeError
    ceiling = budget * ONE // curve.fine_price(yes=yes)
    high = min(ceiling + (ceiling >> 28) + 2, room)
    if high == room and buy_cost(curve, room, yes=yes) <= budget:
        raise ExponentTooLargeError
    while buy_cost(curve, high, yes=yes) > budget:
        step = _newton_step(curve, curve.moved(high, yes=yes), budget, yes=yes)
        if not step:
            return _bisect(curve, budget, low, high, yes=yes)
        high -= step
    return high


def _newton_step(before: Curve, after: Curve, budget: int, *, yes: bool) -> int:
    """How far the tangent at `after` leads down: the cost is convex, so never below the answer."""
    over = after.cost - before.cost - (budget << 64)
    price = after.fine_price(yes=yes) + 1
    if over >> 96:
        return (over >> 64) * ONE // price
    return (over >> 32) * (ONE >> 32) // price


def _bisect(curve: Curve, budget: int, low: int, high: int, *, yes: bool) -> int:
    """Between affordable and not, trying just below `high` first."""
    step = 1
    while high - low > step and buy_cost(curve, high - step, yes=yes) > budget:
        high -= step
        step *= 2
    low = max(low, high - step)
    while high > low + 1:
        middle = low + (high - low) // 2
        if buy_cost(curve, middle, yes=yes) > budget:
            high = middle
        else:
            low = middle
    return low

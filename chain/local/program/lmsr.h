/* The logarithmic market scoring rule in integers, mirrored bit for bit by chain/program/lmsr.py.
 *
 *   C(yes, no) = b ln(e^(yes/b) + e^(no/b)) = max + b ln(1 + e^(-|yes - no|/b))
 *
 * Fixed point with 62 fractional bits (ONE). The second form needs only e^-t for 0 <= t <= 20 and
 * ln(1+y) for 0 < y <= 1, so nothing overflows and no digit is lost to a large exponent. */
#pragma once
#include "solana.h"

#define ONE (1ull << 62)
#define LN_2 0x2c5c85fdf473de6bull /* ln 2, rounded up: deposits cover the loss */
#define PRICE_ONE 1000000000ull
#define MIN_B 100000000000ull     /* 100 SOL, below which markets cannot trade */
#define MAX_B 1000000000000000ull /* the largest b that is proven */
#define MAX_EXPONENT 20

/* e^-n, n = 0..20, rounded down */
static const u64 DECAY[MAX_EXPONENT + 1] = {
    0x4000000000000000, 0x178b56362cef37c6, 0x08a95551dfc0e5cf, 0x032fb61999d615d9, 0x012c155b8213cf47,
    0x006e64ff80354dd8, 0x00289ca3e227a9ab, 0x000ef0b5ce1254c7, 0x00057f08410409eb, 0x0002059e44a4ca8b,
    0x0000be6bcdab23e4, 0x0000460d508e3d9d, 0x000019c54c3b43bc, 0x0000097b029dcc0e, 0x0000037cd8dfb602,
    0x000000014875ca227e, 0x00000078d56eebba, 0x0000002c73c62eb4, 0x000000105a628c69, 0x000000060415bfcb,
    0x000000023690cabe,
};

typedef struct { u64 b, yes, no; } curve;
typedef struct { u64 whole, part, decay; } cost; /* lamports, 2^-64ths of one, e^-(distance/b) */

/* The high 64 bits of a product, by 32-bit limbs: the target has no 128-bit multiplication, and
 * without the barrier the compiler recognises one and calls it. */
INLINE u64 mul_high(u64 a, u64 b) {
    u64 a_low = (u32)a, a_high = a >> 32, b_low = (u32)b, b_high = b >> 32;
    __asm__ volatile("" : "+r"(a_low));
    u64 low = a_low * b_low, cross = a_low * b_high, other = a_high * b_low;
    u64 middle = (low >> 32) + (u32)cross + (u32)other;
    return a_high * b_high + (cross >> 32) + (other >> 32) + (middle >> 32);
}

INLINE u64 digit(u64 *rest, u64 next, u64 divisor) {
    u64 high = divisor >> 32, low = (u32)divisor, q = *rest / high, r = *rest - q * high;
    while (q >> 32 || q * low > (r << 32 | next)) {
        q--, r += high;
        if (r >> 32) break;
    }
    *rest = (*rest << 32 | next) - q * divisor;
    return q;
}

/* floor((high 2^64 + low) / divisor), high < divisor: Knuth's algorithm D with 32-bit digits. */
NOINLINE u64 divide(u64 high, u64 low, u64 divisor) {
    u64 shift = 0;
    for (u64 step = 32; step; step >>= 1)
        if (!(divisor >> (64 - step))) divisor <<= step, shift += step;
    if (shift) high = high << shift | low >> (64 - shift), low <<= shift;
    u64 first = digit(&high, low >> 32, divisor);
    return first << 32 | digit(&high, (u32)low, divisor);
}

/* floor(a b / divisor); the caller knows that it fits 64 bits. */
INLINE u64 mul_div(u64 a, u64 b, u64 divisor) { return divide(mul_high(a, b), a * b, divisor); }

INLINE u64 mul(u64 a, u64 b) { return mul_high(a, b) << 2 | (a * b) >> 62; }

/* e^(-distance/b): whole exponents from the table, the rest by Taylor's series (1/21! < 2^-65). */
NOINLINE u64 decay(u64 distance, u64 b) {
    u64 whole = distance / b, fraction = mul_div(distance - whole * b, ONE, b), sum = ONE;
    for (u64 k = 20; k; k--) sum = ONE - mul(fraction, sum) / k;
    return mul(DECAY[whole], sum);
}

/* ln(1+y) = 2 artanh(y / (2+y)); the argument is at most 1/3, its 20th odd power below 2^-62. */
NOINLINE u64 log_1_plus(u64 y) {
    u64 z = mul_div(y, ONE, 2 * ONE + y), square = mul(z, z), sum = 0;
    for (u64 odd = 39; odd <= 39; odd -= 2) sum = ONE / odd + mul(square, sum);
    return 2 * mul(z, sum);
}

INLINE u64 distance(const curve *at) { return at->yes > at->no ? at->yes - at->no : at->no - at->yes; }

NOINLINE void cost_of(const curve *at, cost *out) {
    out->decay = decay(distance(at), at->b);
    u64 log = log_1_plus(out->decay), high = mul_high(at->b, log), low = at->b * log;
    out->whole = (at->yes > at->no ? at->yes : at->no) + (high << 2 | low >> 62);
    out->part = low << 2;
}

/* Lamports from `low` up to `high`, rounded up for a buyer or down for a seller; never negative. */
INLINE u64 between(const cost *low, const cost *high, int round_up) {
    u64 borrow = high->part < low->part;
    if (high->whole < low->whole + borrow) return 0;
    return high->whole - low->whole - borrow + (round_up && high->part != low->part);
}

INLINE u64 price_yes(const curve *at) {
    u64 leading = mul_div(PRICE_ONE, ONE, ONE + decay(distance(at), at->b));
    return at->yes >= at->no ? leading : PRICE_ONE - leading;
}

INLINE u64 *side(curve *at, u8 outcome) { return outcome ? &at->yes : &at->no; }

NOINLINE u64 buy_cost(const curve *at, u8 outcome, u64 shares) {
    curve after = *at;
    cost before_cost, after_cost;
    *side(&after, outcome) += shares;
    cost_of(at, &before_cost);
    cost_of(&after, &after_cost);
    return between(&before_cost, &after_cost, 1);
}

NOINLINE u64 sell_proceeds(const curve *at, u8 outcome, u64 shares) {
    curve after = *at;
    cost before_cost, after_cost;
    *side(&after, outcome) -= shares;
    cost_of(at, &before_cost);
    cost_of(&after, &after_cost);
    return between(&after_cost, &before_cost, 0);
}

/* The price of one outcome with 62 fractional bits, rounded down. */
INLINE u64 fine_price(const curve *at, u8 outcome, u64 decay) {
    u64 leads = outcome ? at->yes >= at->no : at->no >= at->yes;
    return mul_div(leads ? ONE : decay, ONE, ONE + decay);
}

/* No more shares than budget / price now can be had, since buying raises the price. The margin
 * stands above every rounding error; room + 1 means more than fit. */
INLINE u64 share_ceiling(u64 price, u64 budget, u64 room) {
    u64 high = mul_high(budget, ONE);
    if (high >= price) return room + 1;
    u64 ceiling = divide(high, budget << 62, price);
    if (ceiling > room) return room + 1;
    ceiling += (ceiling >> 28) + 2;
    return ceiling > room ? room + 1 : ceiling;
}

typedef struct { curve at; cost before; u64 start, budget; u8 outcome; } search;

/* What `shares` would cost beyond the budget, into `over`; false when they are within it. */
NOINLINE int beyond(search *s, u64 shares, cost *over) {
    cost after;
    *side(&s->at, s->outcome) = s->start + shares;
    cost_of(&s->at, &after);
    if (between(&s->before, &after, 1) <= s->budget) return 0;
    over->part = after.part - s->before.part;
    over->whole = after.whole - s->before.whole - (after.part < s->before.part) - s->budget;
    over->decay = after.decay;
    return 1;
}

/* How far Newton's method comes down: cost is convex, so never below the answer. */
INLINE u64 newton_step(const search *s, const cost *over) {
    u64 price = fine_price(&s->at, s->outcome, over->decay) + 1;
    if (over->whole >> 32) return mul_div(over->whole, ONE, price);
    return mul_div(over->whole << 32 | over->part >> 32, ONE >> 32, price);
}

/* Newton's method from above, as far as whole shares go; true when it met the answer itself. */
INLINE int descend(search *s, u64 *high) {
    cost over;
    while (beyond(s, *high, &over)) {
        u64 step = newton_step(s, &over);
        if (!step) return 0;
        *high -= step;
    }
    return 1;
}

/* The most shares whose cost is within `budget`: Newton's method from above, doubling steps until
 * they are affordable, then bisection. `room + 1` when the budget reaches beyond MAX_EXPONENT. */
NOINLINE u64 shares_for_cost(const curve *at, u8 outcome, u64 budget) {
    search s = {.at = *at, .budget = budget, .outcome = outcome};
    cost over;
    u64 step = 1, low = budget - 1; /* a share costs at most one lamport */
    s.start = *side(&s.at, outcome);
    u64 room = MAX_EXPONENT * at->b - s.start;
    if (low >= room) return room + 1;
    cost_of(at, &s.before);
    u64 high = share_ceiling(fine_price(at, outcome, s.before.decay), budget, room);
    if (high > room && !beyond(&s, high = room, &over)) return room + 1;
    if (descend(&s, &high)) return high;
    for (; high - low > step && beyond(&s, high - step, &over); step *= 2) high -= step;
    if (high - low > step) low = high - step;
    while (high > low + 1) {
        u64 middle = low + (high - low) / 2;
        if (beyond(&s, middle, &over)) high = middle;
        else low = middle;
    }
    return low;
}

/* The least initial liquidity: the market maker's largest loss, b ln 2, rounded up. */
INLINE u64 least_liquidity(u64 b) {
    u64 high = mul_high(b, LN_2), low = b * LN_2;
    return (high << 2 | low >> 62) + ((low << 2) != 0);
}

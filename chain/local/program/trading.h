/* Buying from and selling to the market maker.
 *
 * An account's lamports are rent + current_liquidity at every moment: what trades pay goes into the
 * pool that winners are paid from. Rounding always favours the pool. */
#pragma once
#include "governance.h"

#define LEAST_TRADE 10000ull /* lamports */

typedef struct { u64 total, protocol, resolver, provider; } fees;

/* floor(amount * bps / 10000) in all, split by floor; the provider's share is what is left. */
NOINLINE void fees_on(const global_config *g, u64 amount, fees *out) {
    u64 bps = g->protocol_fee_bps + g->resolver_reward_bps + g->liquidity_provider_fee_bps;
    out->total = mul_div(amount, bps, BPS);
    out->protocol = bps ? mul_div(out->total, g->protocol_fee_bps, bps) : 0;
    out->resolver = bps ? mul_div(out->total, g->resolver_reward_bps, bps) : 0;
    out->provider = out->total - out->protocol - out->resolver;
}

typedef struct {
    account *config, *at, *holding, *user, *fee_wallet;
    global_config g;
    market m;
    user_position p;
    fees fee;
    u8 outcome; /* true: YES */
    u64 shares, gross; /* gross: the LMSR's lamports, before fees */
} trade;

NOINLINE u64 open_trade(context *c, trade *t) {
    t->config = &c->accounts[0], t->at = &c->accounts[1], t->holding = &c->accounts[2];
    t->user = &c->accounts[3], t->fee_wallet = &c->accounts[4];
    TRY(expect(c, "-wwbwp"));
    TRY(load_global_config(t->config, c->program, &t->g));
    TRY(load_market(t->at, c->program, &t->m));
    if (t->g.is_paused) return PROTOCOL_PAUSED;
    if (t->m.state == CANCELLED) return MARKET_CANCELLED;
    if (t->m.state != ACTIVE) return INVALID_MARKET_STATE;
    if (t->m.is_locked) return REENTRANT;
    return same(t->fee_wallet->address, &t->g.protocol_fee_wallet) ? 0 : WRONG_ADDRESS;
}

/* The user's position, made at the first buy. */
NOINLINE u64 open_position(context *c, trade *t) {
    slice seeds[4] = {{"position", 8}, {t->at->address, 32}, {t->user->address, 32}};
    creation new = {t->user, t->holding, user_position_size, c->program, seeds, 3, 0};
    if (t->holding->data_len) return load_own_position(c, t->holding, t->user, t->at->address, &t->p);
    sol_memset_(&t->p, 0, sizeof(t->p));
    TRY(create(&new));
    t->p.market = *t->at->address, t->p.user = *t->user->address, t->p.bump = new.bump;
    return 0;
}

/* Writes both accounts and says how many lamports the LMSR moved: the event only names them net. */
NOINLINE void close_trade(context *c, trade *t, u64 refund_before) {
    t->m.accumulated_resolver_fees += t->fee.resolver;
    t->m.accumulated_lp_fees += t->fee.provider;
    t->m.refundable = t->m.refundable - refund_before + refund_of(&t->p);
    t->p.trades_count++;
    t->p.last_trade_at = c->now;
    save_market(&t->m, t->at);
    save_user_position(&t->p, t->holding);
    sol_set_return_data((u8 *)&t->gross, 8);
}

NOINLINE void emit_trade(const context *c, const trade *t, u64 disc, u64 amount) {
    curve now = {t->m.b_parameter, t->m.shares_yes, t->m.shares_no};
    event e;
    open_event(&e, disc);
    PUT(key, t->m.market_id); PUT(key, t->p.user); PUT(bool, t->outcome);
    PUT(u64, t->shares); PUT(u64, amount); PUT(u64, price_yes(&now)); PUT(i64, c->now);
    emit(&e);
}

/* Spends up to target_cost lamports, fees included. */
NOINLINE u64 buy_shares(context *c) {
    trade t;
    u64 target = 0;
    get_bool(&c->args, &t.outcome), get_u64(&c->args, &target);
    TRY(open_trade(c, &t));
    curve at = {t.m.b_parameter, t.m.shares_yes, t.m.shares_no};
    if (target < LEAST_TRADE) return TRADE_TOO_SMALL;
    u64 bps = t.g.protocol_fee_bps + t.g.resolver_reward_bps + t.g.liquidity_provider_fee_bps;
    t.shares = shares_for_cost(&at, t.outcome, mul_div(target, BPS, BPS + bps));
    if (!t.shares) return TRADE_TOO_SMALL;
    if (*side(&at, t.outcome) + t.shares > MAX_EXPONENT * at.b) return EXPONENT_TOO_LARGE;
    t.gross = buy_cost(&at, t.outcome, t.shares);
    fees_on(&t.g, t.gross, &t.fee);
    u64 total = t.gross + t.fee.total;
    if (total > target) return SLIPPAGE_EXCEEDED;
    TRY(open_position(c, &t));
    if (*t.user->lamports < total) return INSUFFICIENT_FUNDS;
    TRY(pay(t.user, t.at, total));
    move(t.at, t.fee_wallet, t.fee.protocol);
    u64 refund_before = refund_of(&t.p);
    *(t.outcome ? &t.m.shares_yes : &t.m.shares_no) += t.shares;
    *(t.outcome ? &t.p.shares_yes : &t.p.shares_no) += t.shares;
    t.m.total_volume += total, t.m.current_liquidity += total - t.fee.protocol, t.p.total_invested += total;
    close_trade(c, &t, refund_before);
    emit_trade(c, &t, DISC(f062450afdeae241), total);
    return 0;
}

NOINLINE u64 sell_shares(context *c) {
    trade t;
    u64 least = 0;
    get_bool(&c->args, &t.outcome), get_u64(&c->args, &t.shares), get_u64(&c->args, &least);
    TRY(open_trade(c, &t));
    TRY(load_own_position(c, t.holding, t.user, t.at->address, &t.p));
    curve at = {t.m.b_parameter, t.m.shares_yes, t.m.shares_no};
    if (!t.shares) return ZERO_AMOUNT;
    if (*(t.outcome ? &t.p.shares_yes : &t.p.shares_no) < t.shares) return INSUFFICIENT_SHARES;
    t.gross = sell_proceeds(&at, t.outcome, t.shares);
    if (t.gross < LEAST_TRADE) return TRADE_TOO_SMALL;
    fees_on(&t.g, t.gross, &t.fee);
    u64 net = t.gross - t.fee.total;
    if (net < least) return SLIPPAGE_EXCEEDED;
    if (t.m.current_liquidity < net + t.fee.protocol) return INSUFFICIENT_LIQUIDITY;
    move(t.at, t.user, net);
    move(t.at, t.fee_wallet, t.fee.protocol);
    u64 refund_before = refund_of(&t.p);
    *(t.outcome ? &t.m.shares_yes : &t.m.shares_no) -= t.shares;
    *(t.outcome ? &t.p.shares_yes : &t.p.shares_no) -= t.shares;
    t.m.total_volume += t.gross, t.m.current_liquidity -= net + t.fee.protocol, t.p.proceeds += net;
    close_trade(c, &t, refund_before);
    emit_trade(c, &t, DISC(23e70535e49e71fb), net);
    return 0;
}

/* Paying out: winners and refunds, the resolver's reward, what is left to the creator. */
#pragma once
#include "resolution.h"

/* One lamport a winning share (each 10^-9 of a whole one); after INVALID a refund. */
INLINE u64 winnings(const market *m, const user_position *p) {
    if (!m->final_outcome.some) return refund_of(p);
    return m->final_outcome.value ? p->shares_yes : p->shares_no;
}

/* The first claim pays the resolver, unless that would leave it an account below rent. */
INLINE u64 reward(const market *m, const account *resolver) {
    return *resolver->lamports + m->accumulated_resolver_fees < RENT(0) ? 0 : m->accumulated_resolver_fees;
}

NOINLINE u64 claim_winnings(context *c) {
    account *at = &c->accounts[1], *holding = &c->accounts[2], *user = &c->accounts[3], *resolver = &c->accounts[4];
    global_config g;
    market m;
    user_position p;
    event e;
    TRY(expect(c, "-wwbwp"));
    TRY(load_global_config(&c->accounts[0], c->program, &g));
    TRY(load_market(at, c->program, &m));
    if (m.state != FINALIZED) return INVALID_MARKET_STATE;
    if (m.is_locked) return REENTRANT;
    TRY(load_own_position(c, holding, user, at->address, &p));
    if (p.has_claimed) return ALREADY_CLAIMED;
    if (!same(resolver->address, &m.resolver)) return INVALID_RESOLVER;
    u64 amount = winnings(&m, &p), bonus = reward(&m, resolver);
    if (!amount) return NO_WINNINGS;
    if (m.current_liquidity < amount + bonus) return INSUFFICIENT_LIQUIDITY;
    move(at, user, amount);
    move(at, resolver, bonus);
    m.current_liquidity -= amount + bonus, m.claimed += amount, m.accumulated_resolver_fees -= bonus;
    p.has_claimed = 1, p.claimed_amount = amount;
    save_market(&m, at);
    save_user_position(&p, holding);
    open_event(&e, DISC(bbb81dc436754696));
    PUT(key, *at->address); PUT(key, p.user); PUT(option_bool, m.final_outcome); PUT(u64, amount); PUT(i64, c->now);
    emit(&e);
    return 0;
}

/* What is above unclaimed winnings, after the end; all of a cancelled market, which never traded. */
NOINLINE u64 withdraw_liquidity(context *c) {
    account *at = &c->accounts[0], *creator = &c->accounts[1];
    market m;
    event e;
    TRY(expect(c, "wb"));
    TRY(load_market(at, c->program, &m));
    if (!same(creator->address, &m.creator)) return UNAUTHORIZED;
    if (m.state != FINALIZED && m.state != CANCELLED) return INVALID_MARKET_STATE;
    u64 kept = m.state == CANCELLED ? 0 : owed(&m);
    if (m.current_liquidity <= kept) return INSUFFICIENT_LIQUIDITY;
    u64 amount = m.current_liquidity - kept;
    move(at, creator, amount);
    m.current_liquidity = kept;
    save_market(&m, at);
    open_event(&e, DISC(f078498b9a1fda44));
    PUT(key, m.market_id); PUT(key, m.creator); PUT(u64, amount); PUT(i64, c->now);
    emit(&e);
    return 0;
}

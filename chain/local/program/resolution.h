/* From trading to a final outcome: resolution, dispute, finalization. */
#pragma once
#include "governance.h"

#define TEN_YEARS (3650 * DAY)

/* The first caller proposes the outcome and becomes the resolver. */
NOINLINE u64 resolve_market(context *c) {
    account *at = &c->accounts[1], *resolver = &c->accounts[2];
    global_config g;
    market m;
    ipfs evidence;
    u8 outcome = 0;
    event e;
    get_bool(&c->args, &outcome), get_ipfs(&c->args, &evidence);
    TRY(expect(c, "-wb"));
    TRY(load_global_config(&c->accounts[0], c->program, &g));
    TRY(load_market(at, c->program, &m));
    if (m.proposed_outcome.some) return ALREADY_RESOLVED;
    if (m.state != ACTIVE) return INVALID_STATE_TRANSITION;
    if (c->now <= m.activated_at || c->now > m.created_at + TEN_YEARS) return INVALID_TIMESTAMP;
    m.state = RESOLVING, m.resolver = *resolver->address, m.resolution_proposed_at = c->now;
    m.proposed_outcome.some = 1, m.proposed_outcome.value = outcome;
    sol_memcpy_(&m.evidence_hash, &evidence, sizeof(evidence));
    save_market(&m, at);
    open_event(&e, DISC(5943e65f8f6ac7ca));
    PUT(key, m.market_id); PUT(key, m.resolver); PUT(bool, outcome);
    put_ipfs(&e.c, &evidence);
    PUT(i64, c->now);
    emit(&e);
    return 0;
}

NOINLINE u64 initiate_dispute(context *c) {
    account *at = &c->accounts[1];
    global_config g;
    market m;
    event e;
    TRY(expect(c, "-ws"));
    TRY(load_global_config(&c->accounts[0], c->program, &g));
    TRY(load_market(at, c->program, &m));
    if (m.state == DISPUTED) return ALREADY_DISPUTED;
    if (m.state != RESOLVING) return INVALID_STATE_TRANSITION;
    if (c->now <= m.resolution_proposed_at) return INVALID_TIMESTAMP;
    if (c->now >= m.resolution_proposed_at + g.dispute_period) return DISPUTE_PERIOD_ENDED;
    m.state = DISPUTED, m.dispute_initiated_at = c->now, m.dispute_initiator = *c->accounts[2].address;
    m.dispute_agree = m.dispute_disagree = m.dispute_total_votes = 0;
    save_market(&m, at);
    open_event(&e, DISC(966d5dfcc604b799));
    PUT(key, m.market_id); PUT(key, m.dispute_initiator); PUT(option_bool, m.proposed_outcome); PUT(i64, c->now);
    emit(&e);
    return 0;
}

INLINE u64 record_dispute(market *m, u32 agrees, u32 disagrees) {
    if (agrees + disagrees < agrees) return OVERFLOW_ERROR;
    m->dispute_agree = agrees, m->dispute_disagree = disagrees, m->dispute_total_votes = agrees + disagrees;
    m->was_disputed = 1;
    return 0;
}

INLINE int dispute_succeeded(const market *m, const global_config *g) {
    return m->dispute_total_votes && share_of(m->dispute_agree, m->dispute_total_votes, BPS) >= g->dispute_success_threshold;
}

/* The interface's trap: success parks the market in RESOLVING with the outcome the vote rejected,
 * failure finalizes it without an outcome. finalize_market with the counts is the way. */
NOINLINE u64 aggregate_dispute_votes(context *c) {
    account *at = &c->accounts[0];
    global_config g;
    market m;
    event e;
    u32 agrees = 0, disagrees = 0;
    get_u32(&c->args, &agrees), get_u32(&c->args, &disagrees);
    TRY(expect(c, "w-s"));
    TRY(load_as_backend(c, &c->accounts[1], &c->accounts[2], &g));
    TRY(load_market(at, c->program, &m));
    if (m.state != DISPUTED) return INVALID_MARKET_STATE;
    TRY(record_dispute(&m, agrees, disagrees));
    int succeeded = dispute_succeeded(&m, &g);
    m.state = succeeded ? RESOLVING : FINALIZED;
    if (!succeeded) m.resolved_at = c->now;
    save_market(&m, at);
    open_event(&e, DISC(3a11d2a04b246926));
    PUT(key, m.market_id); PUT(u32, agrees); PUT(u32, disagrees);
    PUT(u8, (u8)share_of(agrees, m.dispute_total_votes, 100)); PUT(bool, succeeded); PUT(i64, c->now);
    emit(&e);
    return 0;
}

/* Undisputed: once the dispute period has passed. Disputed: with the counts, at any time. */
INLINE u64 decide(const context *c, const global_config *g, market *m, const option_u32 *agree, const option_u32 *disagree) {
    m->final_outcome = m->proposed_outcome;
    if (m->state == RESOLVING) {
        if (agree->some || disagree->some) return INVALID_INPUT;
        return c->now < m->resolution_proposed_at + g->dispute_period ? DISPUTE_PERIOD_NOT_ENDED : 0;
    }
    if (m->state != DISPUTED) return INVALID_STATE_TRANSITION;
    if (!agree->some || !disagree->some) return NO_VOTES_RECORDED;
    TRY(record_dispute(m, agree->value, disagree->value));
    if (!m->dispute_total_votes) return NO_VOTES_RECORDED;
    if (dispute_succeeded(m, g)) m->final_outcome.value = !m->final_outcome.value;
    return 0;
}

/* Lamports that winners, or everyone after INVALID, still have to get; with the resolver's reward. */
INLINE u64 owed(const market *m) {
    u64 winning = m->final_outcome.value ? m->shares_yes : m->shares_no;
    u64 due = m->final_outcome.some ? winning - m->b_parameter / 1000 : m->refundable;
    return due - m->claimed + m->accumulated_resolver_fees;
}

NOINLINE u64 finalize_market(context *c) {
    account *at = &c->accounts[1];
    global_config g;
    market m;
    option_u32 agree = {0}, disagree = {0};
    event e;
    get_option_u32(&c->args, &agree), get_option_u32(&c->args, &disagree);
    TRY(expect(c, "-ws"));
    TRY(load_as_backend(c, &c->accounts[0], &c->accounts[2], &g));
    TRY(load_market(at, c->program, &m));
    TRY(decide(c, &g, &m, &agree, &disagree));
    if (m.current_liquidity < owed(&m)) return BOUNDED_LOSS_EXCEEDED;
    m.state = FINALIZED, m.finalized_at = c->now;
    save_market(&m, at);
    open_event(&e, DISC(533e42cc254ceab3));
    PUT(key, m.market_id); PUT(option_bool, m.final_outcome); PUT(bool, m.was_disputed); PUT(i64, c->now);
    emit(&e);
    return 0;
}

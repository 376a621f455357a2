/* The configuration, and a market's way from proposal to trading. */
#pragma once
#include "guards.h"
#include "lmsr.h"

#define DAY 86400ll
#define BPS 10000ull

NOINLINE u64 initialize_global_config(context *c) {
    account *admin = &c->accounts[0], *made = &c->accounts[1];
    global_config g = {0};
    event e;
    slice seeds[2] = {{"global-config", 13}};
    creation new = {admin, made, global_config_size, c->program, seeds, 1, 0};
    get_key(&c->args, &g.backend_authority);
    TRY(expect(c, "bw-p"));
    if (same(&g.backend_authority, &SYSTEM_PROGRAM)) return INVALID_GLOBAL_CONFIG;
    TRY(create(&new));
    g.admin = *admin->address, g.protocol_fee_wallet = *c->accounts[2].address, g.bump = new.bump;
    g.protocol_fee_bps = 300, g.resolver_reward_bps = 200, g.liquidity_provider_fee_bps = 500;
    g.proposal_approval_threshold = 7000, g.dispute_success_threshold = 6000;
    g.min_resolution_delay = DAY, g.dispute_period = 3 * DAY;
    save_global_config(&g, made);
    open_event(&e, DISC(05ddac9e4d579d71));
    PUT(key, g.admin); PUT(key, g.backend_authority); PUT(u16, g.protocol_fee_bps); PUT(i64, c->now);
    emit(&e);
    return 0;
}

/* Fees may be nought; thresholds may not, since then no vote would be needed. */
INLINE u64 check_config(const global_config *g) {
    if (g->protocol_fee_bps + g->resolver_reward_bps + g->liquidity_provider_fee_bps >= (u32)BPS) return INVALID_FEE_CONFIGURATION;
    if (!g->proposal_approval_threshold || g->proposal_approval_threshold > BPS) return INVALID_THRESHOLD;
    if (!g->dispute_success_threshold || g->dispute_success_threshold > BPS) return INVALID_THRESHOLD;
    return g->min_resolution_delay < 0 || g->dispute_period <= 0 ? INVALID_TIME_LIMIT : 0;
}

NOINLINE u64 update_global_config(context *c) {
    account *admin = &c->accounts[0], *config = &c->accounts[1];
    global_config g, wanted;
    option_i64 delay = {0}, period = {0};
    event e;
    get_u16(&c->args, &wanted.protocol_fee_bps), get_u16(&c->args, &wanted.resolver_reward_bps);
    get_u16(&c->args, &wanted.liquidity_provider_fee_bps), get_u16(&c->args, &wanted.proposal_approval_threshold);
    get_u16(&c->args, &wanted.dispute_success_threshold);
    get_option_i64(&c->args, &delay), get_option_i64(&c->args, &period);
    TRY(expect(c, "sw"));
    TRY(load_as_admin(c, config, admin, &g));
    g.protocol_fee_bps = wanted.protocol_fee_bps, g.resolver_reward_bps = wanted.resolver_reward_bps;
    g.liquidity_provider_fee_bps = wanted.liquidity_provider_fee_bps;
    g.proposal_approval_threshold = wanted.proposal_approval_threshold;
    g.dispute_success_threshold = wanted.dispute_success_threshold;
    if (delay.some) g.min_resolution_delay = delay.value;
    if (period.some) g.dispute_period = period.value;
    TRY(check_config(&g));
    save_global_config(&g, config);
    open_event(&e, DISC(28f1e67a0b13c6c2));
    PUT(u16, g.protocol_fee_bps); PUT(u16, g.resolver_reward_bps); PUT(u16, g.liquidity_provider_fee_bps);
    PUT(u16, g.proposal_approval_threshold); PUT(u16, g.dispute_success_threshold);
    PUT(i64, g.min_resolution_delay); PUT(i64, g.dispute_period); PUT(i64, c->now);
    emit(&e);
    return 0;
}

NOINLINE u64 emergency_pause(context *c) {
    account *admin = &c->accounts[0], *config = &c->accounts[1];
    global_config g;
    event e;
    TRY(expect(c, "sw"));
    TRY(load_as_admin(c, config, admin, &g));
    g.is_paused = !g.is_paused;
    save_global_config(&g, config);
    open_event(&e, DISC(bd96d80167233167));
    PUT(bool, g.is_paused); PUT(key, *admin->address); PUT(i64, c->now);
    emit(&e);
    return 0;
}

INLINE u64 check_market_terms(const context *c, const account *config, const market *m) {
    global_config g;
    TRY(load_global_config(config, c->program, &g));
    if (g.is_paused) return PROTOCOL_PAUSED;
    if (same(&m->market_id, &SYSTEM_PROGRAM)) return INVALID_MARKET_ID;
    if (m->b_parameter < MIN_B || m->b_parameter > MAX_B) return INVALID_B_PARAMETER;
    if (!m->initial_liquidity) return ZERO_AMOUNT;
    return m->initial_liquidity < least_liquidity(m->b_parameter) ? INVALID_LIQUIDITY : 0;
}

NOINLINE u64 create_market(context *c) {
    account *creator = &c->accounts[0], *made = &c->accounts[1];
    market m;
    event e;
    sol_memset_(&m, 0, sizeof(m));
    slice seeds[3] = {{"market", 6}, {&m.market_id, 32}};
    creation new = {creator, made, market_size, c->program, seeds, 2, 0};
    get_key(&c->args, &m.market_id), get_u64(&c->args, &m.b_parameter);
    get_u64(&c->args, &m.initial_liquidity), get_ipfs(&c->args, &m.evidence_hash); /* the question's, until resolution */
    TRY(expect(c, "bw-p"));
    TRY(check_market_terms(c, &c->accounts[2], &m));
    TRY(create(&new));
    TRY(pay(creator, made, m.initial_liquidity));
    m.creator = *creator->address, m.current_liquidity = m.initial_liquidity, m.created_at = c->now, m.bump = new.bump;
    m.shares_yes = m.shares_no = m.b_parameter / 1000; /* nobody owns them */
    save_market(&m, made);
    open_event(&e, DISC(58b882e7e254063a));
    PUT(key, m.market_id); PUT(key, m.creator); PUT(u64, m.b_parameter); PUT(u8, m.state); PUT(i64, c->now);
    emit(&e);
    return 0;
}

NOINLINE u64 aggregate_proposal_votes(context *c) {
    account *at = &c->accounts[0];
    global_config g;
    market m;
    event e;
    u32 likes = 0, dislikes = 0;
    get_u32(&c->args, &likes), get_u32(&c->args, &dislikes);
    TRY(expect(c, "w-s"));
    TRY(load_as_backend(c, &c->accounts[1], &c->accounts[2], &g));
    TRY(load_market(at, c->program, &m));
    if (m.state != PROPOSED) return INVALID_MARKET_STATE;
    if (likes + dislikes < likes) return OVERFLOW_ERROR;
    m.proposal_likes = likes, m.proposal_dislikes = dislikes, m.proposal_total_votes = likes + dislikes;
    save_market(&m, at);
    u64 total = m.proposal_total_votes;
    open_event(&e, DISC(eaa647763cf38bd5));
    PUT(key, m.market_id); PUT(u32, likes); PUT(u32, dislikes); PUT(u8, (u8)share_of(likes, total, 100));
    PUT(bool, total && share_of(likes, total, BPS) >= g.proposal_approval_threshold); PUT(i64, c->now);
    emit(&e);
    return 0;
}

NOINLINE u64 approve_proposal(context *c) {
    account *admin = &c->accounts[0], *at = &c->accounts[1];
    global_config g;
    market m;
    event e;
    TRY(expect(c, "bw-"));
    TRY(load_as_admin(c, &c->accounts[2], admin, &g));
    TRY(load_market(at, c->program, &m));
    if (m.state != PROPOSED) return INVALID_STATE_TRANSITION;
    if (!m.proposal_total_votes) return NO_VOTES_RECORDED;
    if (share_of(m.proposal_likes, m.proposal_total_votes, BPS) < g.proposal_approval_threshold) return INSUFFICIENT_VOTES;
    m.state = APPROVED, m.approved_at = c->now;
    save_market(&m, at);
    open_event(&e, DISC(46319be49d2b5831));
    PUT(key, m.market_id); PUT(key, *admin->address); PUT(i64, c->now);
    emit(&e);
    return 0;
}

NOINLINE u64 activate_market(context *c) {
    account *authority = &c->accounts[0], *at = &c->accounts[1];
    global_config g;
    market m;
    event e;
    TRY(expect(c, "bw-"));
    TRY(load_global_config(&c->accounts[2], c->program, &g));
    TRY(load_market(at, c->program, &m));
    if (!same(authority->address, &g.admin) && !same(authority->address, &m.creator)) return UNAUTHORIZED;
    if (m.state != APPROVED) return INVALID_STATE_TRANSITION;
    if (m.current_liquidity < m.initial_liquidity) return INSUFFICIENT_LIQUIDITY;
    m.state = ACTIVE, m.activated_at = c->now;
    save_market(&m, at);
    open_event(&e, DISC(c4494e30bb846b0b));
    PUT(key, m.market_id); PUT(key, m.creator); PUT(u64, m.initial_liquidity); PUT(i64, c->now);
    emit(&e);
    return 0;
}

NOINLINE u64 cancel_market(context *c) {
    account *admin = &c->accounts[0], *at = &c->accounts[1];
    global_config g;
    market m;
    event e;
    TRY(expect(c, "sw-"));
    TRY(load_as_admin(c, &c->accounts[2], admin, &g));
    TRY(load_market(at, c->program, &m));
    if (m.state == CANCELLED) return MARKET_ALREADY_CANCELLED;
    if (m.state > APPROVED) return CANNOT_CANCEL_MARKET;
    m.state = CANCELLED, m.cancelled_at.some = 1, m.cancelled_at.value = c->now; /* is_cancelled stays false, as deployed */
    save_market(&m, at);
    open_event(&e, DISC(8ba321a813b451aa));
    PUT(key, m.market_id); PUT(key, *admin->address); PUT(i64, c->now);
    emit(&e);
    return 0;
}

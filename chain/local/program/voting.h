/* Votes on chain: one VoteRecord for each market, user and type, never closed. */
#pragma once
#include "guards.h"

NOINLINE u64 submit_vote(context *c, u8 type, u64 event_disc) {
    account *of = &c->accounts[0], *made = &c->accounts[1], *user = &c->accounts[2];
    market m;
    vote_record v = {0};
    event e;
    slice seeds[5] = {{"vote", 4}, {of->address, 32}, {user->address, 32}, {&v.vote_type, 1}};
    creation new = {user, made, vote_record_size, c->program, seeds, 4, 0};
    get_bool(&c->args, &v.vote);
    TRY(expect(c, "-wbp"));
    TRY(load_market(of, c->program, &m));
    if (m.state != (type == PROPOSAL_VOTE ? PROPOSED : DISPUTED)) return INVALID_STATE_FOR_VOTING;
    v.vote_type = type, v.market = *of->address, v.user = *user->address, v.voted_at = c->now;
    TRY(create(&new));
    v.bump = new.bump;
    save_vote_record(&v, made);
    open_event(&e, event_disc);
    PUT(key, m.market_id); PUT(key, v.user); PUT(bool, v.vote); PUT(i64, c->now);
    emit(&e);
    return 0;
}

NOINLINE u64 submit_proposal_vote(context *c) { return submit_vote(c, PROPOSAL_VOTE, DISC(9c438f02d9a20638)); }
NOINLINE u64 submit_dispute_vote(context *c) { return submit_vote(c, DISPUTE_VOTE, DISC(2702d5c34e0ac172)); }

/* The market program, as one unit: the linker takes a single object. */
#include "settlement.h"
#include "trading.h"
#include "voting.h"

/* discriminator, function, name as Anchor logs it */
#define INSTRUCTIONS(I)                                                                          \
    I(28ef8a9a08256a6c, buy_shares, "BuyShares")                                                 \
    I(b8a4a910e79ec7c4, sell_shares, "SellShares")                                               \
    I(b1bb3be61db90ef0, submit_proposal_vote, "SubmitProposalVote")                              \
    I(31df3d4298eb48e6, submit_dispute_vote, "SubmitDisputeVote")                                \
    I(a1d7183b0eecf2dd, claim_winnings, "ClaimWinnings")                                         \
    I(67e261ebc8bcfbfe, create_market, "CreateMarket")                                           \
    I(1a9c1215b9b0ca48, aggregate_proposal_votes, "AggregateProposalVotes")                      \
    I(886c665562720793, approve_proposal, "ApproveProposal")                                     \
    I(0a1ac57471634859, activate_market, "ActivateMarket")                                       \
    I(9b1750ad2e4a17ef, resolve_market, "ResolveMarket")                                         \
    I(80f2a0172c3dab25, initiate_dispute, "InitiateDispute")                                     \
    I(4a0e1e13d48d7019, aggregate_dispute_votes, "AggregateDisputeVotes")                        \
    I(10e1261cd5d901f7, finalize_market, "FinalizeMarket")                                       \
    I(959e21b92ff3fd1f, withdraw_liquidity, "WithdrawLiquidity")                                 \
    I(71d87a83e1d11637, initialize_global_config, "InitializeGlobalConfig")                      \
    I(a45482bd6f3afac8, update_global_config, "UpdateGlobalConfig")                              \
    I(158f1b8ec8b5d2ff, emergency_pause, "EmergencyPause")                                       \
    I(cd7954d2de47960b, cancel_market, "CancelMarket")

#define RUN(hex, function, name)                                                                 \
    if (disc == DISC(hex)) {                                                                     \
        sol_log_("Instruction: " name, sizeof("Instruction: " name) - 1);                        \
        return function(c);                                                                      \
    }

NOINLINE u64 dispatch(context *c) {
    u64 disc = 0;
    get_u64(&c->args, &disc);
    if (c->args.bad) return INSTRUCTION_MISSING;
    INSTRUCTIONS(RUN)
    return INSTRUCTION_NOT_FOUND;
}

u64 entrypoint(u8 *input) {
    context c;
    clock now;
    u64 count = *(u64 *)input;
    account ignored;
    input += 8;
    for (u64 i = 0; i < count; i++) input = read_account(input, c.accounts, i < MAX_ACCOUNTS ? &c.accounts[i] : &ignored);
    c.count = count;
    c.args.at = input + 8, c.args.end = c.args.at + *(u64 *)input, c.args.bad = 0;
    c.program = (key *)c.args.end;
    sol_get_clock_sysvar(&now);
    c.now = now.unix_timestamp;
    return dispatch(&c);
}

/* The four accounts. Each table is the account's Borsh layout: it makes the struct, its reader and
 * its writer, so the three cannot disagree. */
#pragma once
#include "codec.h"
#include "errors.h"

typedef struct { u8 byte[64]; } pad64;
typedef struct { u8 byte[103]; } pad103;
INLINE void get_pad64(cursor *c, pad64 *out) { u8 *at = take(c, 64); if (at) sol_memcpy_(out, at, 64); }
INLINE void put_pad64(cursor *c, const pad64 *in) { u8 *at = take(c, 64); if (at) sol_memcpy_(at, in, 64); }
INLINE void get_pad103(cursor *c, pad103 *out) { u8 *at = take(c, 103); if (at) sol_memcpy_(out, at, 103); }
INLINE void put_pad103(cursor *c, const pad103 *in) { u8 *at = take(c, 103); if (at) sol_memcpy_(at, in, 103); }

#define GLOBAL_CONFIG(F)                                                                         \
    F(key, admin) F(key, backend_authority) F(key, protocol_fee_wallet)                          \
    F(u16, protocol_fee_bps) F(u16, resolver_reward_bps) F(u16, liquidity_provider_fee_bps)      \
    F(u16, proposal_approval_threshold) F(u16, dispute_success_threshold)                        \
    F(i64, min_resolution_delay) F(i64, dispute_period) F(u16, min_resolver_reputation)          \
    F(u8, is_paused) F(pad64, reserved) F(u8, bump)

/* The interface's reserved[119] begins with two sums that settlement needs: what an INVALID market
 * would refund, and what has been claimed. */
#define MARKET(F)                                                                                \
    F(key, market_id) F(key, creator) F(u8, state) F(u64, b_parameter) F(u64, initial_liquidity) \
    F(u64, current_liquidity) F(u64, shares_yes) F(u64, shares_no) F(u64, total_volume)          \
    F(i64, created_at) F(i64, approved_at) F(i64, activated_at) F(i64, resolution_proposed_at)   \
    F(i64, resolved_at) F(i64, finalized_at) F(key, resolver)                                    \
    F(option_bool, proposed_outcome) F(option_bool, final_outcome) F(ipfs, evidence_hash)        \
    F(i64, dispute_initiated_at) F(key, dispute_initiator) F(u64, accumulated_protocol_fees)     \
    F(u64, accumulated_resolver_fees) F(u64, accumulated_lp_fees)                                \
    F(u32, proposal_likes) F(u32, proposal_dislikes) F(u32, proposal_total_votes)                \
    F(u32, resolution_agree) F(u32, resolution_disagree) F(u32, resolution_total_votes)          \
    F(u32, dispute_agree) F(u32, dispute_disagree) F(u32, dispute_total_votes)                   \
    F(u8, was_disputed) F(u8, is_cancelled) F(option_i64, cancelled_at) F(u8, is_locked)         \
    F(u64, refundable) F(u64, claimed) F(pad103, reserved) F(u8, bump)

/* The interface's reserved[64] begins with the proceeds of all sells, net of fees. */
#define USER_POSITION(F)                                                                         \
    F(key, market) F(key, user) F(u64, shares_yes) F(u64, shares_no) F(u64, total_invested)      \
    F(u32, trades_count) F(i64, last_trade_at) F(u8, has_claimed) F(u64, claimed_amount)         \
    F(u64, proceeds) F(u64, reserved_1) F(u64, reserved_2) F(u64, reserved_3) F(u64, reserved_4) \
    F(u64, reserved_5) F(u64, reserved_6) F(u64, reserved_7) F(u8, bump)

#define VOTE_RECORD(F) F(key, market) F(key, user) F(u8, vote_type) F(u8, vote) F(i64, voted_at) F(u8, bump)

#define MEMBER(type, name) type name;
#define READ(type, name) get_##type(&c, &out->name);
#define WRITE(type, name) put_##type(&c, &in->name);
#define ACCOUNT(name, TABLE, size, disc)                                                         \
    enum { name##_size = size };                                                                 \
    typedef struct { TABLE(MEMBER) } name;                                                       \
    NOINLINE u64 load_##name(const account *from, const key *program, name *out) {               \
        cursor c = {from->data, from->data + from->data_len, 0};                                 \
        u64 found = 0;                                                                           \
        if (!same(from->owner, program)) return from->data_len ? WRONG_OWNER : NOT_INITIALIZED;  \
        get_u64(&c, &found);                                                                     \
        if (found != DISC(disc)) return WRONG_DISCRIMINATOR;                                     \
        TABLE(READ)                                                                              \
        return c.bad ? WRONG_DISCRIMINATOR : 0;                                                  \
    }                                                                                            \
    NOINLINE void save_##name(const name *in, account *to) {                                     \
        cursor c = {to->data, to->data + to->data_len, 0};                                       \
        u64 mark = DISC(disc);                                                                   \
        put_u64(&c, &mark);                                                                      \
        TABLE(WRITE)                                                                             \
    }

ACCOUNT(global_config, GLOBAL_CONFIG, 206, 95089ccaa0fcb0d9)
ACCOUNT(market, MARKET, 488, c94ebbe1f0c6c9fb)
ACCOUNT(user_position, USER_POSITION, 182, fbf8d1f553ea111b)
ACCOUNT(vote_record, VOTE_RECORD, 83, 70097ba5ea099da7)

enum state { PROPOSED, APPROVED, ACTIVE, RESOLVING, DISPUTED, FINALIZED, CANCELLED };
enum vote_type { PROPOSAL_VOTE, DISPUTE_VOTE };

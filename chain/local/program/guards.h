/* What every instruction asks first: which accounts came, who signed, whose they are. */
#pragma once
#include "create.h"
#include "layout.h"

#define MAX_ACCOUNTS 8
typedef struct {
    account accounts[MAX_ACCOUNTS];
    u64 count;
    cursor args;
    key *program;
    i64 now; /* chain time, unix seconds */
} context;

/* One letter an account, in order: s signer, w writable, b both, - neither, p the system program. */
NOINLINE u64 expect(const context *c, const char *roles) {
    for (u64 i = 0; roles[i]; i++) {
        const account *a = &c->accounts[i];
        if (i >= c->count) return NOT_ENOUGH_ACCOUNTS;
        if ((roles[i] == 's' || roles[i] == 'b') && !a->is_signer) return NOT_SIGNER;
        if ((roles[i] == 'w' || roles[i] == 'b') && !a->is_writable) return NOT_WRITABLE;
        if (roles[i] == 'p' && !same(a->address, &SYSTEM_PROGRAM)) return WRONG_PROGRAM;
    }
    return c->args.bad ? INSTRUCTION_DID_NOT_DESERIALIZE : 0;
}

/* The configuration, on behalf of its admin. */
INLINE u64 load_as_admin(const context *c, const account *config, const account *signer, global_config *out) {
    TRY(load_global_config(config, c->program, out));
    return same(signer->address, &out->admin) ? 0 : UNAUTHORIZED;
}

/* The configuration, on behalf of the backend that counts votes. */
INLINE u64 load_as_backend(const context *c, const account *config, const account *signer, global_config *out) {
    TRY(load_global_config(config, c->program, out));
    return same(signer->address, &out->backend_authority) ? 0 : UNAUTHORIZED;
}

/* A position of that market and user; both are part of its address. */
INLINE u64 load_own_position(const context *c, const account *from, const account *user, const key *market_address, user_position *out) {
    TRY(load_user_position(from, c->program, out));
    return same(&out->market, market_address) && same(&out->user, user->address) ? 0 : WRONG_SEEDS;
}

/* Lamports leave an account of ours by hand: the system program moves nothing out of accounts with data. */
INLINE void move(account *from, account *to, u64 lamports) {
    *from->lamports -= lamports;
    *to->lamports += lamports;
}

/* floor(part * scale / whole), 0 for no votes. */
INLINE u64 share_of(u64 part, u64 whole, u64 scale) { return whole ? part * scale / whole : 0; }

/* What an INVALID market pays back: paid in, less what selling brought. */
INLINE u64 refund_of(const user_position *p) { return p->total_invested > p->proceeds ? p->total_invested - p->proceeds : 0; }

/* Accounts at program addresses, made by the system program on our signature. */
#pragma once
#include "errors.h"
#include "solana.h"

/* `seeds` has one free place at its end, for the bump. */
typedef struct { account *payer, *made; u64 size; const key *program; slice *seeds; u64 seed_count; u8 bump; } creation;

/* allocate (8) and assign (1): the way in when someone has sent lamports to the address before us. */
NOINLINE u64 adopt(const creation *c, const signer_seeds *seeds) {
    u8 data[40];
    account_meta meta = {c->made->address, 1, 1};
    call step = {&SYSTEM_PROGRAM, &meta, 1, data, 12};
    if (*c->made->lamports < RENT(c->size)) TRY(pay(c->payer, c->made, RENT(c->size) - *c->made->lamports));
    *(u32 *)data = 8;
    *(u64 *)(data + 4) = c->size;
    TRY(sol_invoke_signed_c(&step, c->made, 1, seeds, 1));
    *(u32 *)data = 1;
    *(key *)(data + 4) = *c->program;
    step.data_len = 36;
    return sol_invoke_signed_c(&step, c->made, 1, seeds, 1);
}

NOINLINE u64 make(const creation *c, const signer_seeds *seeds) {
    u8 data[56];
    account_meta metas[2] = {{c->payer->address, 1, 1}, {c->made->address, 1, 1}};
    account infos[2] = {*c->payer, *c->made};
    call create = {&SYSTEM_PROGRAM, metas, 2, data, 52};
    *(u32 *)data = 0;
    *(u64 *)(data + 4) = RENT(c->size);
    *(u64 *)(data + 12) = c->size;
    *(key *)(data + 20) = *c->program;
    return sol_invoke_signed_c(&create, infos, 2, seeds, 1);
}

/* Creates the account, whose address must be that of the seeds. One in use fails in the system
 * program, as Anchor's `init` does: Custom(0), "already in use". */
NOINLINE u64 create(creation *c) {
    key address;
    signer_seeds seeds = {c->seeds, c->seed_count + 1};
    if (sol_try_find_program_address(c->seeds, c->seed_count, c->program, &address, &c->bump)) return WRONG_SEEDS;
    if (!same(&address, c->made->address)) return WRONG_SEEDS;
    c->seeds[c->seed_count] = (slice){&c->bump, 1};
    if (*c->made->lamports && same(c->made->owner, &SYSTEM_PROGRAM)) TRY(adopt(c, &seeds));
    else TRY(make(c, &seeds));
    c->made->data_len = c->size;
    return 0;
}

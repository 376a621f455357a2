/* What the Solana runtime gives a program: syscalls, the input buffer, calls to the system program.
 *
 * The ABI is SBPFv0 with the aligned input serialisation; structures named here are read by the
 * runtime and must not change. Pointers into the buffer are unaligned at times: the VM allows it. */
#pragma once

typedef unsigned char u8;
typedef u8 bool; /* 0 or 1 */
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef long long i64;

typedef struct { u64 word[4]; } key;

typedef struct {
    key *address;
    u64 *lamports;
    u64 data_len;
    u8 *data;
    key *owner;
    u64 rent_epoch;
    u8 is_signer, is_writable, executable;
} account;

typedef struct { const void *at; u64 len; } slice;
typedef struct { const slice *seeds; u64 len; } signer_seeds;
typedef struct { key *address; u8 is_writable, is_signer; } account_meta;
typedef struct { const key *program; account_meta *accounts; u64 account_len; u8 *data; u64 data_len; } call;
typedef struct { u64 slot; i64 epoch_start; u64 epoch, leader_epoch; i64 unix_timestamp; } clock;

u64 sol_log_(const char *text, u64 len);
u64 sol_log_data(const slice *fields, u64 count);
u64 sol_set_return_data(const u8 *data, u64 len);
u64 sol_get_clock_sysvar(clock *out);
u64 sol_memcpy_(void *to, const void *from, u64 len);
u64 sol_memset_(void *at, u8 value, u64 len);
u64 sol_try_find_program_address(const slice *seeds, u64 count, const key *program, key *out, u8 *bump);
u64 sol_invoke_signed_c(const call *what, const account *infos, int count, const signer_seeds *seeds, int seeds_len);

/* Lamports that keep an account of `size` bytes alive for ever (two years' rent, as on devnet). */
#define RENT(size) (((size) + 128ull) * 6960)
#define SPARE_BYTES 10240 /* the runtime leaves them behind each account's data */
#define TRY(expression) do { u64 failed_ = (expression); if (failed_) return failed_; } while (0)
#define INLINE static inline __attribute__((always_inline))
#define NOINLINE static __attribute__((noinline, unused))

static const key SYSTEM_PROGRAM = {{0, 0, 0, 0}};

INLINE int same(const key *a, const key *b) {
    return a->word[0] == b->word[0] && a->word[1] == b->word[1] && a->word[2] == b->word[2] && a->word[3] == b->word[3];
}

/* Reads one account at `at` and returns the place behind it; a repeated account shares its pointers. */
INLINE u8 *read_account(u8 *at, const account *before, account *out) {
    if (*at != 0xff) {
        const account *first = before + *at;
        out->address = first->address, out->lamports = first->lamports, out->data_len = first->data_len;
        out->data = first->data, out->owner = first->owner, out->rent_epoch = first->rent_epoch;
        out->is_signer = first->is_signer, out->is_writable = first->is_writable, out->executable = first->executable;
        return at + 8;
    }
    out->is_signer = at[1], out->is_writable = at[2], out->executable = at[3];
    out->address = (key *)(at + 8), out->owner = (key *)(at + 40), out->lamports = (u64 *)(at + 72);
    out->data_len = *(u64 *)(at + 80), out->data = at + 88;
    at += 88 + out->data_len + SPARE_BYTES;
    at = (u8 *)(((u64)at + 7) & ~7ull);
    out->rent_epoch = *(u64 *)at;
    return at + 8;
}

NOINLINE u64 pay(account *from, account *to, u64 lamports) {
    u8 data[16];
    account_meta metas[2] = {{from->address, 1, 1}, {to->address, 1, 0}};
    account infos[2] = {*from, *to};
    call transfer = {&SYSTEM_PROGRAM, metas, 2, data, 12};
    *(u32 *)data = 2;
    *(u64 *)(data + 4) = lamports;
    return sol_invoke_signed_c(&transfer, infos, 2, 0, 0);
}

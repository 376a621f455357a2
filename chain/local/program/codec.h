/* Borsh, little endian: a cursor that reads arguments and accounts and writes accounts and events. */
#pragma once
#include "solana.h"

typedef struct { u8 byte[46]; } ipfs;
typedef struct { u8 some, value; } option_bool;
typedef struct { u32 some, value; } option_u32;
typedef struct { u64 some; i64 value; } option_i64;
typedef struct { u8 *at, *end; u64 bad; } cursor;

/* A discriminator as it is written in the interface (the first byte first). */
#define DISC(hex) __builtin_bswap64(0x##hex##ull)

INLINE u8 *take(cursor *c, u64 size) {
    u8 *at = c->at;
    if (at + size > c->end) { c->bad = 1; return 0; }
    c->at = at + size;
    return at;
}

#define PLAIN(type)                                                                              \
    INLINE void get_##type(cursor *c, type *out) { u8 *at = take(c, sizeof(type)); if (at) *out = *(type *)at; } \
    INLINE void put_##type(cursor *c, const type *in) { u8 *at = take(c, sizeof(type)); if (at) *(type *)at = *in; }
PLAIN(u8) PLAIN(u16) PLAIN(u32) PLAIN(u64) PLAIN(i64) PLAIN(key)
#undef PLAIN

INLINE void get_ipfs(cursor *c, ipfs *out) { u8 *at = take(c, 46); if (at) sol_memcpy_(out, at, 46); }
INLINE void put_ipfs(cursor *c, const ipfs *in) { u8 *at = take(c, 46); if (at) sol_memcpy_(at, in, 46); }

/* bool and the tag of an Option hold 0 or 1; Borsh refuses all else. */
INLINE void get_bool(cursor *c, u8 *out) { *out = 2; get_u8(c, out); if (*out > 1) c->bad = 1; }

#define OPTION(name, type)                                                                       \
    INLINE void get_##name(cursor *c, name *out) { u8 tag = 0; get_bool(c, &tag); out->some = tag; if (tag == 1) get_##type(c, &out->value); } \
    INLINE void put_##name(cursor *c, const name *in) { u8 tag = in->some != 0; put_u8(c, &tag); if (tag) put_##type(c, &in->value); }
#define put_bool put_u8
OPTION(option_bool, bool) OPTION(option_u32, u32) OPTION(option_i64, i64)
#undef OPTION

/* Events: `Program data: <base64(discriminator + fields)>`. The largest is MarketResolved, 127 bytes. */
typedef struct { cursor c; u8 bytes[136]; } event;

INLINE void open_event(event *e, u64 disc) {
    e->c.at = e->bytes, e->c.end = e->bytes + sizeof(e->bytes), e->c.bad = 0;
    put_u64(&e->c, &disc);
}

NOINLINE void emit(event *e) {
    slice field = {e->bytes, (u64)(e->c.at - e->bytes)};
    sol_log_data(&field, 1);
}

#define PUT(type, value) do { type value_ = (value); put_##type(&e.c, &value_); } while (0)

// Vectors of 8 lanes: the compiler makes of them what the instruction set has.
#pragma once

#include <stdint.h>
#include <string.h>

// Static functions that are always inlined take the instruction set of the one they stand in.
#define INLINE static inline __attribute__((always_inline))

#if defined(__x86_64__) && defined(__ELF__)
#define CLONES __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define CLONES
#endif

// How vectors are passed between functions depends on the instruction set; none of ours are, since
// all that have them as arguments are inlined.
#pragma clang diagnostic ignored "-Wpsabi"

// Aligned to 8 bytes only: they are loaded from arrays.
#define VECTOR(type, bytes) type __attribute__((vector_size(bytes), aligned(8), may_alias))
typedef VECTOR(uint64_t, 64) words8;
typedef VECTOR(int64_t, 64) integers8;
typedef VECTOR(double, 64) doubles8;
typedef uint32_t halves8 __attribute__((vector_size(32), aligned(4), may_alias));
typedef float floats8 __attribute__((vector_size(32), aligned(4), may_alias));
typedef _Bool bits8 __attribute__((ext_vector_type(8)));

INLINE words8 load(const uint64_t *words) { return *(const words8 *)words; }
INLINE doubles8 load_doubles(const double *values) { return *(const doubles8 *)values; }
INLINE words8 all(uint64_t word) { return (words8){} + word; }

/// A bit for each lane that is not 0.
INLINE uint8_t bits_of(words8 lanes) {
    return __builtin_bit_cast(uint8_t, __builtin_convertvector(lanes != 0, bits8));
}

typedef uint8_t bytes8 __attribute__((vector_size(8), aligned(8), may_alias));

INLINE words8 load_bytes(const uint8_t *bytes) {
    return __builtin_convertvector(*(const bytes8 *)bytes, words8);
}

/// All ones in the lanes whose bits are set.
INLINE words8 lanes_of(uint8_t bits) {
    const words8 own = {1, 2, 4, 8, 16, 32, 64, 128};
    return (words8)((all(bits) & own) != 0);
}

INLINE words8 choose(words8 mask, words8 yes, words8 no) { return (yes & mask) | (no & ~mask); }

/// 2^52 as a double: of the numbers up to twice that, the lowest bits are a whole number.
#define WHOLE 0x4330000000000000u

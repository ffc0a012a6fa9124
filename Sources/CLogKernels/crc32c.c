#include "CLogKernels.h"

#include <string.h>

// The reflected Castagnoli polynomial, RFC 3720 appendix B.4.
#define POLYNOMIAL 0x82F63B78u

static uint32_t portable(uint32_t crc, const uint8_t *bytes, size_t count) {
    crc = ~crc;
    for (size_t i = 0; i < count; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc >> 1) ^ (POLYNOMIAL & (0u - (crc & 1u)));
        }
    }
    return ~crc;
}

#if defined(__x86_64__)
#include <immintrin.h>

// Short records are checked by the ten thousand: no branch but the loop's depends on the length.
//
// A CRC that begins with ~0 is one that begins with 0 over bytes of which the first four are
// inverted; and beginning with 0 it does not see zeros in front. So the odd bytes come first, behind
// zeros up to a whole word.
__attribute__((target("sse4.2"))) static uint32_t accelerated(
    uint32_t crc, const uint8_t *bytes, size_t count) {
    uint64_t word, state = (uint32_t)~crc;
    if (count >= 16) {
        const unsigned odd = (unsigned)((count - 1) & 7) + 1;
        memcpy(&word, bytes, 8);
        const uint64_t first = (word ^ state) << (64 - 8 * odd);
        // What the first word has no room for; two shifts, since one of 64 has no meaning.
        const uint64_t rest = (state >> (4 * odd)) >> (4 * odd);
        bytes += odd;
        count -= odd;
        memcpy(&word, bytes, 8);
        state = _mm_crc32_u64(_mm_crc32_u64(0, first), word ^ rest);
        bytes += 8;
        count -= 8;
    }
    for (; count >= 8; bytes += 8, count -= 8) {
        memcpy(&word, bytes, 8);
        state = _mm_crc32_u64(state, word);
    }
    for (; count > 0; bytes++, count--) state = _mm_crc32_u8((uint32_t)state, *bytes);
    return ~(uint32_t)state;
}

static int has_acceleration(void) { return __builtin_cpu_supports("sse4.2"); }
#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>

static uint32_t accelerated(uint32_t crc, const uint8_t *bytes, size_t count) {
    for (; count >= 8; bytes += 8, count -= 8) {
        uint64_t word;
        memcpy(&word, bytes, 8);
        crc = __crc32cd(crc, word);
    }
    for (; count > 0; bytes++, count--) crc = __crc32cb(crc, *bytes);
    return ~crc;
}

static int has_acceleration(void) { return 1; }
#else
static uint32_t accelerated(uint32_t crc, const uint8_t *bytes, size_t count) {
    return portable(crc, bytes, count);
}

static int has_acceleration(void) { return 0; }
#endif

uint32_t canlog_crc32c(uint32_t crc, const uint8_t *bytes, size_t count) {
    return has_acceleration() ? accelerated(crc, bytes, count) : portable(crc, bytes, count);
}

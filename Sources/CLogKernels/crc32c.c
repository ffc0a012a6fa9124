#include "CLogKernels.h"

#include <string.h>

// The reflected Castagnoli polynomial, RFC 3720 appendix B.4.
#define POLYNOMIAL 0x82F63B78u

static uint32_t portable(uint32_t crc, const uint8_t *bytes, size_t count) {
    for (size_t i = 0; i < count; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc >> 1) ^ (POLYNOMIAL & (0u - (crc & 1u)));
        }
    }
    return crc;
}

#if defined(__x86_64__)
#include <immintrin.h>

__attribute__((target("sse4.2"))) static uint32_t accelerated(
    uint32_t crc, const uint8_t *bytes, size_t count) {
    uint64_t wide = crc;
    for (; count >= 8; bytes += 8, count -= 8) {
        uint64_t word;
        memcpy(&word, bytes, 8);
        wide = _mm_crc32_u64(wide, word);
    }
    crc = (uint32_t)wide;
    for (; count > 0; bytes++, count--) crc = _mm_crc32_u8(crc, *bytes);
    return crc;
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
    return crc;
}

static int has_acceleration(void) { return 1; }
#else
static uint32_t accelerated(uint32_t crc, const uint8_t *bytes, size_t count) {
    return portable(crc, bytes, count);
}

static int has_acceleration(void) { return 0; }
#endif

uint32_t canlog_crc32c(uint32_t crc, const uint8_t *bytes, size_t count) {
    crc = ~crc;
    crc = has_acceleration() ? accelerated(crc, bytes, count) : portable(crc, bytes, count);
    return ~crc;
}

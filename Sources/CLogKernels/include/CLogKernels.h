#pragma once
#include <stddef.h>
#include <stdint.h>

/// CRC-32C (Castagnoli, RFC 3720 appendix B.4) of `count` bytes, continued from `crc` (0 at first).
uint32_t canlog_crc32c(uint32_t crc, const uint8_t *bytes, size_t count);

#pragma once
#include <stddef.h>
#include <stdint.h>

/// Feeds one input to the chosen target; the Swift side defines it.
void canlog_fuzz_one(const uint8_t *bytes, size_t count);

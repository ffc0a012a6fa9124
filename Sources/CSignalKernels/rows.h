// Finding the streams of rows.
#pragma once

#include "CSignalKernels.h"
#include "vectors.h"

/// CAN_RTR_FLAG and CAN_ERR_FLAG of linux/can.h.
#define REMOTE_OR_ERROR 0x60000000u

/// Whether a row is a data frame of the channel that is meant.
INLINE int is_meant(const canlog_row *row, int channel) {
    return (channel < 0 || row->channel == channel) && !(row->identifier & REMOTE_OR_ERROR);
}

/// Where an identifier is remembered, if it is.
INLINE canlog_slot slot_of(uint32_t identifier, const canlog_slot *slots) {
    const uint32_t hash = (identifier * CANLOG_HASH_FACTOR) >> (32 - CANLOG_EXTENDED_BITS);
    return slots[identifier >> 31 ? CANLOG_STANDARD_SLOTS + hash : identifier & 0x7FF];
}

/// Whether the payload of a row with more than 8 bytes lies within those of the batch.
INLINE int has_long(const canlog_row *row, const canlog_rows *rows) {
    return row->word <= rows->long_count && row->length <= rows->long_count - row->word;
}

// Decoding of many frames by one call, with the instruction set that the processor has.
//
// No product and sum are fused: the values are those of the scalar code, to the last bit. Memory is
// the caller's, and so are the checks that the indices in the tables are within them.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// A row of a batch: FrameRow of CANFrame.
typedef struct {
    int64_t timestamp;
    uint32_t identifier;
    uint8_t channel, flags, length, dlc;
    /// The payload, or where it begins among the long ones.
    uint64_t word;
} canlog_row;

/// The rows of a batch, the place that has been reached, and which frames are meant.
typedef struct {
    /// Of canlog_row.
    const void *rows;
    size_t count, next;
    const void *long_bytes;
    size_t long_count;
    /// -1: all channels.
    int channel;
} canlog_rows;

/// An identifier that was looked up before.
typedef struct {
    uint32_t identifier;
    /// Its place among streams; at 0 stands one for frames that belong to none, so that they take
    /// the same way as others.
    uint32_t stream;
} canlog_slot;

// Slots lie by standard identifier, behind those by the hash of an extended one: its product with
// Knuth's 2^32 divided by the golden ratio, the highest bits.
#define CANLOG_STANDARD_SLOTS 0x800
#define CANLOG_EXTENDED_BITS 13
#define CANLOG_HASH_FACTOR 2654435769u

/// Why a call came back: all is done; the next row's identifier (or its length) is not in the
/// tables; the next row is left to the caller; there is no room for its results.
enum canlog_stop { CANLOG_DONE, CANLOG_UNKNOWN, CANLOG_LEFT, CANLOG_FULL };

// Frame by frame.

/// What must be known of a message to decode its frames.
typedef struct {
    /// Where its signals lie, 8 to a place.
    uint32_t first_lanes, lanes_count;
    /// How many bytes its signals need; 255: its frames are left to the caller.
    uint8_t needed;
    /// Whether signals may be absent, or without a value, in frames that are long enough.
    uint8_t is_limited;
    /// Where the multiplexer's bits lie, and how many bytes it needs.
    uint8_t multiplexer_is_big, multiplexer_left, multiplexer_right, multiplexer_needed;
    uint16_t reserved;
} canlog_message;

/// 8 signals of a message of at most 8 bytes; the bits are `word << left >> right`. Five lines of a
/// cache, aligned to one.
typedef struct {
    /// All bits of the signal, where they lie in the payload's word.
    uint64_t mask[8];
    /// The sign's bit, else 0.
    uint64_t sign[8];
    double factor[8], offset[8];
    uint8_t left[8], right[8];
    /// A bit for each of the 8: the bytes are swapped first; it has a signal.
    uint8_t is_big, places;
    uint8_t reserved[46];
} canlog_lanes;

/// What is limited of 8 signals.
typedef struct {
    /// How many bytes a frame must have.
    uint64_t needed[8];
    /// The greatest bits that are a value.
    uint64_t greatest[8];
    /// All ones: it is there if the multiplexer has one of `span` + 1 values from `first` on.
    uint64_t is_switched[8], first[8], span[8];
} canlog_limits;

/// What is known of a stream.
typedef struct {
    uint64_t last_word;
    uint64_t first_value;
    /// How many bytes of the last word count; -1 before the first frame.
    int32_t last_length;
    uint32_t message;
    /// The next in the list of streams whose values are older than their last word: -1 is in no
    /// list, -2 at its end.
    int32_t next_stale;
    uint32_t reserved;
} canlog_stream;

/// 8 signals of a frame of which at least one changed.
typedef struct {
    uint32_t row, stream;
    /// The place in the message of the first.
    uint32_t first_place;
    /// A bit for each of the 8: its bits or its state changed; the frame carries it; it has a value.
    uint8_t changed, present, valid, reserved;
    double physical[8];
} canlog_change;

/// A plan: messages, and their signals in canlog_lanes and canlog_limits.
typedef struct {
    const canlog_message *messages;
    const void *lanes, *limits;
} canlog_plan;

/// The list of streams whose values are stale, and how many changes there are and may be.
typedef struct {
    int32_t first_stale;
    size_t change_count, change_capacity;
} canlog_results;

/// Decodes rows until the end, or until one of which the caller must see to something; `changes`
/// are of canlog_change.
enum canlog_stop canlog_decode_rows(
    canlog_rows *rows, const canlog_slot *slots, const canlog_plan *plan, canlog_stream *streams,
    canlog_results *results, void *changes);

// Column by column.

/// Frames of one stream, with the same signals in each.
typedef struct {
    /// Where the next stamp goes, and the next payload if it takes one word.
    uint64_t next;
    /// No stamp goes there.
    uint64_t end;
    /// Where the next payload of several words goes.
    uint64_t next_word;
    uint32_t count;
    /// How many words a payload takes.
    uint16_t stride;
    /// 1; 0: the frames are not kept.
    uint16_t step;
} canlog_bucket;

/// Which buckets the frames of a stream go to.
typedef struct {
    /// Of those with at least `needed` bytes, and where that of a shorter one is said; -1: nowhere.
    int32_t whole, shorter;
    uint32_t needed;
} canlog_sorting;

/// What rows are sorted by; `shorter` are the buckets by length, -1: to be made.
typedef struct {
    const canlog_slot *slots;
    const canlog_sorting *streams;
    const int32_t *shorter;
} canlog_tables;

/// Counts the frames of each bucket, until a row whose bucket is not known.
enum canlog_stop canlog_count_rows(
    canlog_rows *rows, const canlog_tables *tables, canlog_bucket *buckets);
/// Puts payloads and times where the buckets say, until a row whose bucket is not known or has no
/// room.
enum canlog_stop canlog_sort_rows(
    canlog_rows *rows, const canlog_tables *tables, canlog_bucket *buckets, uint64_t *words,
    void *times);

/// How a column's numbers come from bits.
enum canlog_kind {
    CANLOG_NARROW, CANLOG_UNSIGNED, CANLOG_SIGNED, CANLOG_FLOAT, CANLOG_DOUBLE
};

typedef struct {
    uint64_t sign;
    double factor, offset;
    uint8_t left, right, kind, reserved;
} canlog_field;

/// Where a signal lies in a payload of more than 8 bytes: see SignalPlan.
typedef struct {
    uint32_t first_byte;
    uint8_t is_big, spill, right, reserved;
} canlog_position;

/// Brings the bytes of a signal into words for the functions below, from payloads of `stride` words
/// each, of which the last is free.
void canlog_gather(
    const uint64_t *words, size_t count, size_t stride, const canlog_position *position,
    uint64_t *gathered);

// `count` is a multiple of 8 below, and so is the memory behind each pointer.

/// The words with their bytes swapped.
void canlog_swap(const uint64_t *words, size_t count, uint64_t *swapped);
/// raw x factor + offset.
void canlog_physical(
    const uint64_t *words, size_t count, const canlog_field *field, double *values);
/// The raw integers in 1, 2, 4 or 8 bytes each.
void canlog_raw(
    const uint64_t *words, size_t count, const canlog_field *field, unsigned width, void *values);
/// The physical values of raw integers in 1, 2, 4 or 8 bytes each.
void canlog_scale(
    const void *raw, size_t count, const canlog_field *field, unsigned width, double *values);

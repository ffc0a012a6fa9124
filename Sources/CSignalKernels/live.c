#include "CSignalKernels.h"
#include "vectors.h"

// The products and sums are rounded one by one, as Swift does it.
#pragma STDC FP_CONTRACT OFF

#include "rows.h"

/// The bits of 8 signals.
INLINE words8 bits_in(uint64_t word, const canlog_lanes *lanes) {
    const words8 is_big = lanes_of(lanes->is_big);
    const words8 bytes = choose(is_big, all(__builtin_bswap64(word)), all(word));
    return (bytes << load_bytes(lanes->left)) >> load_bytes(lanes->right);
}

/// Their physical values.
INLINE doubles8 physical(words8 bits, const canlog_lanes *lanes) {
    const words8 sign = load(lanes->sign);
    // The integer without a conversion: as the lowest bits of a double of 2^52 to 2^53.
    const doubles8 number = (doubles8)((bits ^ sign) | WHOLE) - (doubles8)(sign | WHOLE);
    const doubles8 product = number * load_doubles(lanes->factor);
    return product + load_doubles(lanes->offset);
}

INLINE void write(
    canlog_change *change, uint32_t row, uint32_t stream, uint32_t group, uint8_t changed,
    uint8_t present, uint8_t valid, doubles8 values) {
    change->row = row;
    change->stream = stream;
    change->first_place = group * 8;
    change->changed = changed;
    change->present = present;
    change->valid = valid;
    change->reserved = 0;
    *(doubles8 *)change->physical = values;
}

/// One frame, and the one before it of its stream.
typedef struct {
    uint64_t word, last_word;
    int32_t length, last_length;
    uint32_t row, stream;
    const canlog_message *message;
    const canlog_lanes *lanes;
    const canlog_limits *limits;
} frame;

/// Decodes a frame that carries all signals, as the one before did; how many changes were written.
INLINE size_t decode_whole(const frame *frame, canlog_change *changes) {
    canlog_change *change = changes;
    const uint64_t difference = frame->word ^ frame->last_word;
    for (uint32_t group = 0; group < frame->message->lanes_count; group++) {
        const canlog_lanes *lanes = frame->lanes + group;
        const uint8_t places = lanes->places;
        const uint8_t changed = bits_of(all(difference) & load(lanes->mask)) & places;
        // What is written here counts only if something changed.
        write(change, frame->row, frame->stream, group, changed, places, places,
              physical(bits_in(frame->word, lanes), lanes));
        change += changed != 0;
    }
    return (size_t)(change - changes);
}

/// Which of 8 signals their multiplexer lets be there, whatever the length of the frame.
INLINE words8 selected(
    uint64_t word, int32_t length, const canlog_message *message, const canlog_limits *limits) {
    const uint64_t bytes = message->multiplexer_is_big ? __builtin_bswap64(word) : word;
    const uint64_t value = (bytes << message->multiplexer_left) >> message->multiplexer_right;
    const words8 fits = (words8)(all(value) - load(limits->first) <= load(limits->span));
    const words8 known = all(length >= message->multiplexer_needed ? ~0ull : 0);
    return (fits & known) | ~load(limits->is_switched);
}

/// Which of 8 signals changed their bits or their state.
INLINE words8 differences(
    const frame *frame, words8 is_selected, words8 is_long,
    const canlog_lanes *lanes, const canlog_limits *limits) {
    if (frame->last_length < 0) return all(~0ull);
    const words8 was_selected =
        selected(frame->last_word, frame->last_length, frame->message, limits);
    const words8 was_long = (words8)(all((uint64_t)frame->last_length) >= load(limits->needed));
    const words8 is_other =
        (words8)((all(frame->word ^ frame->last_word) & load(lanes->mask)) != 0);
    return (is_selected ^ was_selected) |
           (is_selected & ((is_long ^ was_long) | (is_long & is_other)));
}

/// Decodes any frame of at most 8 bytes; how many changes were written.
INLINE size_t decode_part(const frame *frame, canlog_change *changes) {
    canlog_change *change = changes;
    for (uint32_t group = 0; group < frame->message->lanes_count; group++) {
        const canlog_lanes *lanes = frame->lanes + group;
        const canlog_limits *limits = frame->limits + group;
        const uint8_t places = lanes->places;
        const words8 bits = bits_in(frame->word, lanes);
        const words8 is_selected = selected(frame->word, frame->length, frame->message, limits);
        const words8 is_long = (words8)(all((uint64_t)frame->length) >= load(limits->needed));
        const words8 present = is_selected & is_long;
        const words8 valid = present & (words8)(bits <= load(limits->greatest));
        const uint8_t changed =
            bits_of(differences(frame, is_selected, is_long, lanes, limits)) & places;
        const words8 values = (words8)physical(bits, lanes) & present;
        write(change, frame->row, frame->stream, group, changed, bits_of(present) & places,
              bits_of(valid) & places, (doubles8)values);
        change += changed != 0;
    }
    return (size_t)(change - changes);
}

CLONES enum canlog_stop canlog_decode_rows(
    canlog_rows *pointer, const canlog_slot *slots, const canlog_plan *plan,
    canlog_stream *streams, canlog_results *results, void *changes) {
    const canlog_rows rows = *pointer;
    const canlog_row *all_rows = rows.rows;
    size_t count = results->change_count;
    enum canlog_stop stop = CANLOG_DONE;
    size_t next = rows.next;
    for (; next < rows.count; next++) {
        const canlog_row *row = all_rows + next;
        if (!is_meant(row, rows.channel)) continue;
        const canlog_slot slot = slot_of(row->identifier, slots);
        if (slot.identifier != row->identifier) { stop = CANLOG_UNKNOWN; break; }
        canlog_stream *stream = streams + slot.stream;
        const canlog_message *message = plan->messages + stream->message;
        if (message->needed == 255) { stop = CANLOG_LEFT; break; }
        frame frame = {row->word, stream->last_word, row->length, stream->last_length,
                       (uint32_t)next, slot.stream - 1, message,
                       (const canlog_lanes *)plan->lanes + message->first_lanes,
                       (const canlog_limits *)plan->limits + message->first_lanes};
        if (row->length > 8) {
            if (!has_long(row, &rows)) { stop = CANLOG_LEFT; break; }
            memcpy(&frame.word, (const uint8_t *)rows.long_bytes + row->word, 8);
            frame.length = 8;
        }
        if (results->change_capacity - count < message->lanes_count) {
            stop = CANLOG_FULL;
            break;
        }
        canlog_change *place = (canlog_change *)changes + count;
        const int is_whole = !message->is_limited && frame.length >= message->needed &&
                             frame.last_length >= message->needed;
        count += is_whole ? decode_whole(&frame, place) : decode_part(&frame, place);
        stream->last_word = frame.word;
        stream->last_length = frame.length;
        if (stream->next_stale == -1) {
            stream->next_stale = results->first_stale;
            results->first_stale = (int32_t)slot.stream;
        }
    }
    pointer->next = next;
    results->change_count = count;
    return stop;
}

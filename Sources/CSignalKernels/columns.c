#include "CSignalKernels.h"
#include "rows.h"
#include "vectors.h"

// The products and sums are rounded one by one, as Swift does it.
#pragma STDC FP_CONTRACT OFF

/// The bucket of a row, and whether it is known.
INLINE enum canlog_stop find_bucket(
    const canlog_row *row, const canlog_rows *rows, const canlog_tables *tables,
    int32_t *bucket) {
    const canlog_slot slot = slot_of(row->identifier, tables->slots);
    if (slot.identifier != row->identifier) return CANLOG_UNKNOWN;
    if (row->length > 8 && !has_long(row, rows)) return CANLOG_LEFT;
    const canlog_sorting stream = tables->streams[slot.stream];
    *bucket = stream.whole;
    if (row->length >= stream.needed) return CANLOG_DONE;
    *bucket = stream.shorter < 0 ? -1 : tables->shorter[stream.shorter + row->length];
    return *bucket < 0 ? CANLOG_UNKNOWN : CANLOG_DONE;
}

enum canlog_stop canlog_count_rows(
    canlog_rows *pointer, const canlog_tables *own, canlog_bucket *buckets) {
    const canlog_rows rows = *pointer;
    const canlog_tables tables = *own;
    enum canlog_stop stop = CANLOG_DONE;
    size_t next = rows.next;
    for (; next < rows.count; next++) {
        const canlog_row *row = (const canlog_row *)rows.rows + next;
        if (!is_meant(row, rows.channel)) continue;
        int32_t bucket;
        stop = find_bucket(row, &rows, &tables, &bucket);
        if (stop != CANLOG_DONE) break;
        buckets[bucket].count++;
    }
    pointer->next = next;
    return stop;
}

/// Copies a payload into `stride` words, with zeros behind it.
static void place_long(
    const canlog_row *row, const uint8_t *long_bytes, uint32_t stride, uint64_t *words) {
    const size_t room = (size_t)stride * 8;
    const size_t length = row->length < room ? row->length : room;
    memset(words, 0, room);
    memcpy(words, row->length > 8 ? long_bytes + row->word : (const uint8_t *)&row->word, length);
}

enum canlog_stop canlog_sort_rows(
    canlog_rows *pointer, const canlog_tables *own, canlog_bucket *buckets, uint64_t *words,
    void *pointer_to_times) {
    const canlog_rows rows = *pointer;
    const canlog_tables tables = *own;
    int64_t *times = pointer_to_times;
    enum canlog_stop stop = CANLOG_DONE;
    size_t next = rows.next;
    for (; next < rows.count; next++) {
        const canlog_row *row = (const canlog_row *)rows.rows + next;
        // The next kilobyte comes from memory while these rows are sorted.
        __builtin_prefetch(row + 40);
        if (!is_meant(row, rows.channel)) continue;
        int32_t index;
        stop = find_bucket(row, &rows, &tables, &index);
        if (stop != CANLOG_DONE) break;
        canlog_bucket *bucket = buckets + index;
        const uint64_t place = bucket->next;
        if (place == bucket->end) { stop = CANLOG_FULL; break; }
        bucket->next = place + bucket->step;
        times[place] = row->timestamp;
        if (bucket->stride == 1 && row->length <= 8) {
            words[place] = row->word;
        } else if (bucket->stride == 1) {
            place_long(row, rows.long_bytes, 1, words + place);
        } else {
            place_long(row, rows.long_bytes, bucket->stride, words + bucket->next_word);
            bucket->next_word += bucket->stride;
        }
    }
    pointer->next = next;
    return stop;
}

/// The bits of a signal of which some are in the ninth byte, where the right shift expects them.
INLINE uint64_t joined(uint64_t word, uint64_t ninth, const canlog_position *position) {
    const unsigned spill = position->spill, bit = spill + position->right;
    const uint64_t bits = position->is_big ? word << spill | ninth >> (8 - spill)
                                           : word >> bit | ninth << (64 - bit);
    return bits << position->right;
}

void canlog_gather(
    const uint64_t *words, size_t count, size_t stride, const canlog_position *pointer,
    uint64_t *gathered) {
    const canlog_position position = *pointer;
    const uint8_t *bytes = (const uint8_t *)words + position.first_byte;
    for (size_t i = 0; i < count; i++, bytes += stride * 8) {
        uint64_t word;
        memcpy(&word, bytes, 8);
        if (position.is_big) word = __builtin_bswap64(word);
        gathered[i] = position.spill ? joined(word, bytes[8], &position) : word;
    }
}

CLONES void canlog_swap(const uint64_t *words, size_t count, uint64_t *swapped) {
    for (size_t i = 0; i < count; i++) swapped[i] = __builtin_bswap64(words[i]);
}

INLINE words8 bits_in(const uint64_t *words, const canlog_field *field) {
    return (load(words) << field->left) >> field->right;
}

INLINE void put(doubles8 numbers, const canlog_field *field, double *values) {
    const doubles8 product = numbers * field->factor;
    *(doubles8 *)values = product + field->offset;
}

/// Those of IEEE 754: single precision is widened.
INLINE doubles8 floating(words8 bits, int is_single) {
    if (!is_single) return (doubles8)bits;
    const halves8 halves = __builtin_convertvector(bits, halves8);
    return __builtin_convertvector((floats8)halves, doubles8);
}

CLONES void canlog_physical(
    const uint64_t *words, size_t count, const canlog_field *pointer, double *values) {
    const canlog_field copy = *pointer, *field = &copy;
    const words8 sign = all(field->sign);
    switch (field->kind) {
    case CANLOG_NARROW: {
        // The integer without a conversion: as the lowest bits of a double of 2^52 to 2^53.
        const doubles8 bias = (doubles8)(sign | WHOLE);
        for (size_t i = 0; i < count; i += 8) {
            put((doubles8)((bits_in(words + i, field) ^ sign) | WHOLE) - bias, field, values + i);
        }
        break;
    }
    case CANLOG_UNSIGNED:
        for (size_t i = 0; i < count; i += 8) {
            put(__builtin_convertvector(bits_in(words + i, field), doubles8), field, values + i);
        }
        break;
    case CANLOG_SIGNED:
        for (size_t i = 0; i < count; i += 8) {
            const words8 raw = (bits_in(words + i, field) ^ sign) - sign;
            put(__builtin_convertvector((integers8)raw, doubles8), field, values + i);
        }
        break;
    default:
        for (size_t i = 0; i < count; i += 8) {
            const words8 bits = bits_in(words + i, field);
            put(floating(bits, field->kind == CANLOG_FLOAT), field, values + i);
        }
    }
}

/// Writes the low bits of raw integers.
#define NARROWED(type)                                                                          \
    do {                                                                                        \
        typedef type narrow8 __attribute__((vector_size(8 * sizeof(type)), aligned(8)));        \
        for (size_t i = 0; i < count; i += 8) {                                                 \
            const words8 raw = (bits_in(words + i, field) ^ sign) - sign;                       \
            *(narrow8 *)((type *)values + i) = __builtin_convertvector(raw, narrow8);           \
        }                                                                                       \
    } while (0)

CLONES void canlog_raw(
    const uint64_t *words, size_t count, const canlog_field *pointer, unsigned width,
    void *values) {
    const canlog_field copy = *pointer, *field = &copy;
    const words8 sign = all(field->sign);
    switch (width) {
    case 1: NARROWED(uint8_t); break;
    case 2: NARROWED(uint16_t); break;
    case 4: NARROWED(uint32_t); break;
    default: NARROWED(uint64_t);
    }
}

/// Reads raw integers and scales them.
#define SCALED(unsigned_type, signed_type)                                                      \
    do {                                                                                        \
        typedef unsigned_type unsigned8                                                         \
            __attribute__((vector_size(8 * sizeof(unsigned_type)), aligned(8)));                \
        typedef signed_type signed8                                                             \
            __attribute__((vector_size(8 * sizeof(signed_type)), aligned(8)));                  \
        for (size_t i = 0; i < count; i += 8) {                                                 \
            const unsigned8 narrow = *(const unsigned8 *)((const unsigned_type *)raw + i);      \
            doubles8 numbers;                                                                   \
            if (is_floating) {                                                                  \
                numbers = floating(__builtin_convertvector(narrow, words8), is_single);         \
            } else if (field->sign) {                                                           \
                const integers8 wide = __builtin_convertvector((signed8)narrow, integers8);     \
                numbers = __builtin_convertvector(wide, doubles8);                              \
            } else {                                                                            \
                numbers = __builtin_convertvector(                                              \
                    __builtin_convertvector(narrow, words8), doubles8);                         \
            }                                                                                   \
            put(numbers, field, values + i);                                                    \
        }                                                                                       \
    } while (0)

CLONES void canlog_scale(
    const void *raw, size_t count, const canlog_field *pointer, unsigned width, double *values) {
    const canlog_field copy = *pointer, *field = &copy;
    const int is_single = field->kind == CANLOG_FLOAT;
    const int is_floating = is_single || field->kind == CANLOG_DOUBLE;
    switch (width) {
    case 1: SCALED(uint8_t, int8_t); break;
    case 2: SCALED(uint16_t, int16_t); break;
    case 4: SCALED(uint32_t, int32_t); break;
    default: SCALED(uint64_t, int64_t);
    }
}

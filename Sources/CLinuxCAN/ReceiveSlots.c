#define _GNU_SOURCE
#include "ReceiveSlots.h"
#include <errno.h>
#include <time.h>
// errqueue.h wants the timespec of time.h before it.
#include <linux/errqueue.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct canlog_slots {
    unsigned capacity;
    int wants_interface;
    struct canlog_slot *slots;
    struct mmsghdr *headers;
    struct iovec *vectors;
};

static void rearm(struct canlog_slots *slots, unsigned index) {
    // recvmmsg overwrites the lengths by what it used.
    struct msghdr *header = &slots->headers[index].msg_hdr;
    header->msg_controllen = sizeof slots->slots[index].control;
    header->msg_namelen = slots->wants_interface ? sizeof slots->slots[index].from : 0;
}

struct canlog_slots *canlog_slots_new(unsigned capacity, int wants_interface) {
    struct canlog_slots *slots = calloc(1, sizeof *slots);
    if (!slots) return NULL;
    slots->capacity = capacity;
    slots->wants_interface = wants_interface;
    slots->slots = calloc(capacity, sizeof *slots->slots);
    slots->headers = calloc(capacity, sizeof *slots->headers);
    slots->vectors = calloc(capacity, sizeof *slots->vectors);
    if (!slots->slots || !slots->headers || !slots->vectors) {
        canlog_slots_free(slots);
        return NULL;
    }
    for (unsigned index = 0; index < capacity; index++) {
        struct canlog_slot *slot = &slots->slots[index];
        slots->vectors[index] = (struct iovec){&slot->frame, sizeof slot->frame};
        slots->headers[index].msg_hdr = (struct msghdr){
            .msg_name = wants_interface ? slot->from : NULL,
            .msg_iov = &slots->vectors[index], .msg_iovlen = 1, .msg_control = slot->control};
        rearm(slots, index);
    }
    return slots;
}

void canlog_slots_free(struct canlog_slots *slots) {
    if (!slots) return;
    free(slots->slots);
    free(slots->headers);
    free(slots->vectors);
    free(slots);
}

const struct canlog_slot *canlog_slots_first(const struct canlog_slots *slots) { return slots->slots; }

static int64_t nanoseconds(struct timespec time) { return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec; }

static void read_control(struct canlog_slot *slot, struct msghdr *header) {
    slot->stamp = slot->hardware_stamp = 0;
    slot->drops = 0;
    for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part; part = CMSG_NXTHDR(header, part)) {
        if (part->cmsg_level != SOL_SOCKET) continue;
        size_t size = part->cmsg_len - CMSG_LEN(0);
        if (part->cmsg_type == SO_TIMESTAMPNS && size >= sizeof(struct timespec)) {
            struct timespec time;
            memcpy(&time, CMSG_DATA(part), sizeof time);
            slot->stamp = nanoseconds(time);
        } else if (part->cmsg_type == SO_TIMESTAMPING && size >= sizeof(struct scm_timestamping)) {
            struct scm_timestamping times;
            memcpy(&times, CMSG_DATA(part), sizeof times);
            slot->stamp = nanoseconds(times.ts[0]);
            slot->hardware_stamp = nanoseconds(times.ts[2]);
        } else if (part->cmsg_type == SO_RXQ_OVFL && size >= sizeof slot->drops) {
            memcpy(&slot->drops, CMSG_DATA(part), sizeof slot->drops);
        }
    }
    if (slot->stamp == 0) {
        // A frame that was queued before stamps were asked for.
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        slot->stamp = nanoseconds(now);
    }
}

int canlog_slots_receive(struct canlog_slots *slots, int socket) {
    // MSG_TRUNC makes the length that of the whole message, so that one too long is seen.
    int count = recvmmsg(socket, slots->headers, slots->capacity, MSG_DONTWAIT | MSG_TRUNC, NULL);
    if (count < 0) return -errno;
    for (int index = 0; index < count; index++) {
        struct mmsghdr *header = &slots->headers[index];
        struct canlog_slot *slot = &slots->slots[index];
        read_control(slot, &header->msg_hdr);
        slot->size = header->msg_len;
        slot->message_flags = (uint32_t)header->msg_hdr.msg_flags;
        slot->interface = 0;
        if (header->msg_hdr.msg_namelen >= offsetof(struct sockaddr_can, can_addr)) {
            struct sockaddr_can address;
            memcpy(&address, slot->from, offsetof(struct sockaddr_can, can_addr));
            slot->interface = address.can_ifindex;
        }
        rearm(slots, (unsigned)index);
    }
    return count;
}

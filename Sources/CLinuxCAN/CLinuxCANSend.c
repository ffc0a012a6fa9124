#define _GNU_SOURCE
#include "CLinuxCANSend.h"

#include <errno.h>
#include <linux/can.h>
#include <linux/can/raw.h>
#include <net/if.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

// Closes `socket` and keeps the reason.
static int give_up(int socket) {
    int reason = errno;
    close(socket);
    return -reason;
}

// A raw socket bound to `interface`, or -errno.
static int bound_socket(const char *interface, const struct can_filter *filters, socklen_t size) {
    unsigned index = if_nametoindex(interface);
    if (index == 0) return -errno;
    int opened = socket(PF_CAN, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, CAN_RAW);
    if (opened < 0) return -errno;
    int on = 1;
    if (setsockopt(opened, SOL_CAN_RAW, CAN_RAW_FILTER, filters, size) < 0) return give_up(opened);
    if (setsockopt(opened, SOL_CAN_RAW, CAN_RAW_FD_FRAMES, &on, sizeof on) < 0)
        return give_up(opened);
    struct sockaddr_can address = {.can_family = AF_CAN, .can_ifindex = (int)index};
    if (bind(opened, (struct sockaddr *)&address, sizeof address) < 0) return give_up(opened);
    return opened;
}

int canlog_open_sender(const char *interface, int send_buffer) {
    int opened = bound_socket(interface, NULL, 0);
    if (opened < 0) return opened;
    if (setsockopt(opened, SOL_SOCKET, SO_SNDBUF, &send_buffer, sizeof send_buffer) < 0)
        return give_up(opened);
    return opened;
}

int canlog_open_listener(const char *interface, const uint32_t *identifiers, const uint32_t *masks, size_t count) {
    struct can_filter filters[CAN_RAW_FILTER_MAX];
    if (count > CAN_RAW_FILTER_MAX) return -EINVAL;
    for (size_t index = 0; index < count; index++) {
        filters[index].can_id = identifiers[index];
        filters[index].can_mask = masks[index];
    }
    return bound_socket(interface, filters, (socklen_t)(count * sizeof *filters));
}

int canlog_drain(int socket) {
    int arrived = 0;
    struct canfd_frame frame;
    while (arrived < INT32_MAX) {
        ssize_t size = recv(socket, &frame, sizeof frame, MSG_DONTWAIT);
        if (size < 0 && errno == EINTR) continue;
        if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return arrived;
        if (size < 0) return arrived > 0 ? arrived : -errno;
        arrived++;
    }
    return arrived;
}

int canlog_receive(int socket, void *frame) {
    for (;;) {
        ssize_t size = recv(socket, frame, sizeof(struct canfd_frame), MSG_DONTWAIT);
        if (size >= 0) return (int)size;
        if (errno == EAGAIN || errno == EWOULDBLOCK) return 0;
        if (errno != EINTR) return -errno;
    }
}

// What the kernel wants for the frame at `frame`: 16 or 72 bytes.
static size_t wire_size(const struct canfd_frame *frame) {
    return frame->flags & CANFD_FDF ? CANFD_MTU : CAN_MTU;
}

int canlog_send(int socket, const void *frames, size_t count) {
    const struct canfd_frame *frame = frames;
    if (count == 1) {
        ssize_t size = send(socket, frame, wire_size(frame), MSG_DONTWAIT | MSG_NOSIGNAL);
        return size < 0 ? -errno : 1;
    }
    struct mmsghdr headers[CANLOG_SEND_BATCH];
    struct iovec places[CANLOG_SEND_BATCH];
    if (count == 0 || count > CANLOG_SEND_BATCH) return -EINVAL;
    memset(headers, 0, count * sizeof *headers);
    for (size_t index = 0; index < count; index++) {
        places[index].iov_base = (void *)&frame[index];
        places[index].iov_len = wire_size(&frame[index]);
        headers[index].msg_hdr.msg_iov = &places[index];
        headers[index].msg_hdr.msg_iovlen = 1;
    }
    int taken = sendmmsg(socket, headers, (unsigned)count, MSG_DONTWAIT | MSG_NOSIGNAL);
    return taken < 0 ? -errno : taken;
}

int canlog_wait(const int *sockets, size_t count, int writable, int64_t nanoseconds) {
    struct pollfd waiting[256];
    if (count > sizeof waiting / sizeof *waiting) return -EINVAL;
    for (size_t index = 0; index < count; index++)
        waiting[index] = (struct pollfd){.fd = sockets[index], .events = writable ? POLLOUT : POLLIN};
    if (nanoseconds < 0) nanoseconds = 0;
    struct timespec limit = {nanoseconds / 1000000000, nanoseconds % 1000000000};
    int ready = ppoll(waiting, (nfds_t)count, &limit, NULL);
    return ready < 0 ? -errno : ready;
}

// Asks the kernel about `interface` by ioctl; 0 or -errno.
static int ask(const char *interface, unsigned long question, struct ifreq *request) {
    memset(request, 0, sizeof *request);
    if (strlen(interface) >= sizeof request->ifr_name) return -ENODEV;
    strcpy(request->ifr_name, interface);
    int asking = socket(PF_CAN, SOCK_RAW | SOCK_CLOEXEC, CAN_RAW);
    if (asking < 0) return -errno;
    if (ioctl(asking, question, request) < 0) return give_up(asking);
    close(asking);
    return 0;
}

int canlog_interface_mtu(const char *interface) {
    struct ifreq request;
    int result = ask(interface, SIOCGIFMTU, &request);
    return result < 0 ? result : request.ifr_mtu;
}

int canlog_interface_is_up(const char *interface) {
    struct ifreq request;
    int result = ask(interface, SIOCGIFFLAGS, &request);
    return result < 0 ? result : (request.ifr_flags & IFF_UP) != 0;
}

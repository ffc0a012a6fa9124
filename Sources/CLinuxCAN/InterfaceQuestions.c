#include "CLinuxCAN.h"
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/if.h>
#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>

// Asks the driver of `interface`; 0 or -errno.
static int ask_driver(int socket, const char *interface, void *question) {
    struct ifreq request = {.ifr_data = question};
    strncpy(request.ifr_name, interface, sizeof request.ifr_name - 1);
    return ioctl(socket, SIOCETHTOOL, &request) == 0 ? 0 : -errno;
}

unsigned canlog_stamping_offered(int socket, const char *interface) {
    struct ethtool_ts_info info = {.cmd = ETHTOOL_GET_TS_INFO};
    return ask_driver(socket, interface, &info) == 0 ? info.so_timestamping : 0;
}

int canlog_driver(int socket, const char *interface, char driver[32], char bus[32]) {
    struct ethtool_drvinfo info = {.cmd = ETHTOOL_GDRVINFO};
    int result = ask_driver(socket, interface, &info);
    if (result < 0) return result;
    memcpy(driver, info.driver, 32);
    memcpy(bus, info.bus_info, 32);
    driver[31] = bus[31] = 0;
    return 0;
}

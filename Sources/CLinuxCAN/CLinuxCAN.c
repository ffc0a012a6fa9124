#include "CLinuxCAN.h"
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <linux/if.h>
#include <string.h>
#include <sys/ioctl.h>

unsigned canlog_stamping_offered(int socket, const char *interface) {
    struct ethtool_ts_info info = {.cmd = ETHTOOL_GET_TS_INFO};
    struct ifreq request = {.ifr_data = (char *)&info};
    strncpy(request.ifr_name, interface, sizeof request.ifr_name - 1);
    return ioctl(socket, SIOCETHTOOL, &request) == 0 ? info.so_timestamping : 0;
}

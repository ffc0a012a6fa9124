// What ethtool's ioctl tells of an interface, on any socket.
#pragma once

/// Which stamps the driver of `interface` offers (`SOF_TIMESTAMPING_*`), by `ETHTOOL_GET_TS_INFO`;
/// 0 if it does not say.
unsigned canlog_stamping_offered(int socket, const char *interface);

/// The driver's name and its place on its bus (`ETHTOOL_GDRVINFO`), each as 32 bytes that end with
/// 0. Returns 0, or -errno.
int canlog_driver(int socket, const char *interface, char driver[32], char bus[32]);

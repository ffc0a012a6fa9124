// What the headers of Linux and libc do not give to Swift: macros with casts, unions, variadic calls.
#pragma once
#include <linux/can.h>
#include <linux/can/error.h>
#include <linux/can/netlink.h>
#include <linux/can/raw.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/net_tstamp.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include "CLinuxCANSend.h"
#include "InterfaceQuestions.h"
#include "QuietLibrary.h"
#include "PacketRing.h"
#include "ReceiveSlots.h"

// Macros that are written with sizeof, casts or other macros, which the importer leaves out.
enum {
    CANLOG_CAN_MTU = CAN_MTU,
    CANLOG_CANFD_MTU = CANFD_MTU,
    CANLOG_SOL_CAN_RAW = SOL_CAN_RAW,
};

#include "CLinuxCAN.h"

import CANFrame

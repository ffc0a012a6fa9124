import CANFrame
import CLinuxCAN
import Glibc

/// What a received message says of its frame, beside stamp and payload.
struct FrameForm: Equatable {
    var identifier: PackedID
    var flags: FrameFlags
    /// The payload's length; 0 for a remote frame.
    var length: UInt8
    var dlc: UInt8

    /// Checks the fields of `can_frame` or `canfd_frame`; `nil` if they are of no frame.
    ///
    /// `size` is that of the message: `CAN_MTU` or `CANFD_MTU`. A classic length is at most 8 and a
    /// DLC above 8 stands in `len8_dlc` (`rawDLC`). There are no remote frames in the CAN FD format.
    @inline(__always)
    init?(
        identifier rawID: UInt32, length: UInt8, flags rawFlags: UInt8, rawDLC: UInt8, size: UInt32,
        messageFlags: UInt32
    ) {
        // Bits above the 11 of a standard identifier have no meaning; candump leaves them out too.
        let isWide = rawID & 0xA000_0000 != 0  // CAN_EFF_FLAG, CAN_ERR_FLAG
        identifier = PackedID(rawValue: isWide ? rawID : rawID & 0xC000_07FF)
        if size == UInt32(CANLOG_CAN_MTU) {
            guard length <= 8 else { return nil }
            flags = []
            dlc = length == 8 && rawDLC > 8 && rawDLC <= 15 ? rawDLC : length
            self.length = identifier.isRemote ? 0 : length
        } else if size == UInt32(CANLOG_CANFD_MTU) {
            guard length <= 64, !identifier.isRemote else { return nil }
            flags = FrameFlags(rawValue: rawFlags & 0x03 | 0x04)  // CANFD_BRS, CANFD_ESI; CANFD_FDF
            dlc = DataLengthCode.code(for: length)
            self.length = length
        } else {
            return nil
        }
        flags.origin =
            messageFlags & 0x800 != 0  // MSG_CONFIRM: sent through this very socket
            ? .thisProcess : messageFlags & 0x4 != 0 ? .thisHost : .received  // MSG_DONTROUTE
    }
}

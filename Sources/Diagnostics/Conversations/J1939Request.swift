import CANFrame

/// The parameter groups of J1939-21 by which diagnostic messages are asked for and acknowledged.
enum J1939Request {
    /// Request: three bytes name the parameter group that is wanted.
    static let group: UInt32 = 0xEA00
    /// Acknowledgment: a control byte, and the parameter group in the last three bytes.
    static let acknowledgment: UInt32 = 0xE800
    /// The parameter group of an extended identifier, J1939-21 5.2.
    static func group(of identifier: PackedID) -> UInt32 {
        let group = identifier.number >> 8 & 0x3_FFFF
        return group & 0xFF00 < 0xF000 ? group & 0x3_FF00 : group
    }

    /// Whether frames with this identifier may be diagnosis.
    static func concerns(_ identifier: PackedID) -> Bool {
        guard identifier.isExtended else { return false }
        let group = group(of: identifier)
        return J1939Diagnostic.Kind(group: group) != nil || group == Self.group
            || group == acknowledgment
    }
}

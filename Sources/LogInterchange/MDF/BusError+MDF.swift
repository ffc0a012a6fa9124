/// `CAN_ErrorFrame.ErrorType` (ASAM MDF Bus Logging): 1 bit, 2 form, 3 bit stuffing, 4 CRC,
/// 5 acknowledgement, 0 another error.
extension BusError {
    /// `nil` if the number tells no more than that there was an error.
    init?(mdfType number: UInt64) {
        self.init()
        switch number {
        case 1: kind = .bit
        case 2: kind = .form
        case 3: kind = .stuff
        case 4: location = Location.checksum
        case 5: (isUnacknowledged, location) = (true, Location.acknowledgeSlot)
        default: return nil
        }
    }

    var mdfType: UInt8 {
        if isUnacknowledged { return 5 }
        switch kind {
        case .stuff: return 3
        case .form: return 2
        case .bit: return 1
        case .overload: return 0
        case .other:
            return location == Location.checksum || location == Location.checksumDelimiter ? 4 : 0
        }
    }
}

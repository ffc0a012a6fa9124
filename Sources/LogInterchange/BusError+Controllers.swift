/// The codes of two CAN controllers that BLF and ASC share.
extension BusError {
    /// From the SJA1000's error code capture register: two bits for the kind, one that is set when
    /// receiving, five for the place, whose numbers are those of `CAN_ERR_PROT_LOC_*` (the kernel's
    /// sja1000.c).
    init(errorCodeCapture code: UInt8) {
        self.init()
        kind = [.bit, .form, .stuff, .other][Int(code >> 6)]
        isSending = code & 0x20 == 0
        location = code & 0x1F
    }

    /// The register's value, if there is one that tells as much.
    var errorCodeCapture: UInt8? {
        guard location < 32 else { return nil }
        let code: UInt8 =
            switch kind {
            case .bit: 0
            case .form: 1
            case .stuff: 2
            case .other, .overload: 3
            }
        return code << 6 | (isSending ? 0 : 0x20) | location
    }

    /// From the code of a CAN core: `flagsExt` of BLF's CAN_ERROR_EXT and CAN_FD_ERROR_64, `CodeExt`
    /// of ASC. Bits 6 to 11 are the kind, 12 whether the frame was sent, 13 whether the error is
    /// another than a missing acknowledgement.
    init(coreCode code: UInt32) {
        self.init()
        isSending = code & 1 << 12 != 0
        let number = code >> 6 & 0x3F
        guard number != 7 && code & 1 << 13 != 0 else {
            isUnacknowledged = true
            location = Location.acknowledgeSlot
            return
        }
        switch number {
        case 0: kind = .bit
        case 1: kind = .form
        case 2: kind = .stuff
        case 4: location = Location.checksum
        case 5: (kind, location) = (.form, Location.acknowledgeDelimiter)
        case 8: kind = .overload
        default: break
        }
    }

    /// The code of a CAN core that is nearest to this.
    var coreCode: UInt16 {
        if isUnacknowledged { return 7 << 6 | 1 << 12 }
        return coreNumber << 6 | (isSending ? 1 << 12 : 0) | 1 << 13
    }

    private var coreNumber: UInt16 {
        switch (kind, location) {
        case (.overload, _): 8
        case (.stuff, _): 2
        case (_, Location.checksum): 4
        case (_, Location.acknowledgeDelimiter): 5
        case (.form, _): 1
        case (.bit, _): 0
        case (.other, _): 3
        }
    }
}

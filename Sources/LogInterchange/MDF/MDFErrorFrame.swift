import CANFrame

extension MDFFrameLayout {
    /// Makes an error frame of a row: exactly what canlog wrote, else what the kind of error means.
    /// python-can keeps the class in `ID`, has no `ErrorType` and eight bytes of data.
    func setError(_ row: inout FrameRow, at record: Int, of bytes: Span<UInt8>) -> Bool {
        let length = dataLength.value(at: record, in: bytes)
        let number = UInt32(
            truncatingIfNeeded: identifier.value(at: record, in: bytes) & 0x1FFF_FFFF)
        let isKept = self.errorClass.isThere
        let isSocketCAN =
            !errorType.isThere && number != 0 && length == 8 && payload == .inRecord
            && extended.value(at: record, in: bytes) == 0
        if isKept || isSocketCAN {
            guard length <= 8, length <= payloadRoom, payload == .inRecord else { return false }
            let errorClass =
                isKept
                ? UInt32(
                    truncatingIfNeeded: errorClass.value(at: record, in: bytes) & 0x1FFF_FFFF)
                : number
            row.identifier = PackedID(errorClass: errorClass)
            row.length = UInt8(length)
            row.dlc = UInt8(length)
            row.payloadWord = FrameRow.maskedWord(
                bytes.word(at: record + payloadOffset).bits, length: row.length)
        } else {
            row.setError(BusError(mdfType: errorType.value(at: record, in: bytes)))
        }
        if isKept && extended.value(at: record, in: bytes) != 0 {
            // A bit without a meaning in error frames, which some logs have.
            row.identifier.rawValue |= 0x8000_0000
        }
        return true
    }
}

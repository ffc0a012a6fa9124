/// How long a frame keeps the bus busy.
public enum WireLength {
    /// Bits at the nominal bit rate that the frame takes, stuff bits left out.
    ///
    /// ISO 11898-1: a classic data frame has 47 bits beside its payload with a standard identifier
    /// and 67 with an extended one, the three bits of intermission included. Of a CAN FD frame with
    /// bit rate switch, the bits at the data bit rate count by the ratio of the rates.
    ///
    /// - Parameter dataRateRatio: nominal divided by data bit rate, at most 1; used only with BRS.
    @inlinable
    public static func nominalBits(of row: FrameRow, dataRateRatio: Double = 1) -> UInt32 {
        if row.identifier.isError { return 0 }
        let payload = UInt32(row.length) * 8
        guard row.flags.isFD else {
            return (row.identifier.isExtended ? 67 : 47) + payload
        }
        // CRC-17 up to 16 bytes, else CRC-21, each with 4 stuff count bits and fixed stuff bits.
        let arbitration: UInt32 = row.identifier.isExtended ? 49 : 30
        let data: UInt32 = 5 + payload + (row.length > 16 ? 32 : 27)
        let isSwitched = row.flags.contains(.bitRateSwitch)
        return arbitration + (isSwitched ? UInt32(Double(data) * dataRateRatio) : data)
    }
}

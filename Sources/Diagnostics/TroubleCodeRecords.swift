/// The trouble codes of an answer of service 19, read where they are: it allocates nothing.
///
/// For the reports whose records are three bytes of code and one of status: 02, 0A to 0F, 13, 15, and
/// 17, 55 and 56 behind what stands before theirs.
public struct TroubleCodeRecords: ~Escapable {
    private let payload: Span<UInt8>
    private let start: Int
    /// How many whole records there are.
    public let count: Int
    /// Bytes behind the last whole record; an answer that is whole has none.
    public let surplus: Int

    /// `nil` if this is no such answer.
    @_lifetime(copy payload)
    @inlinable
    public init?(_ payload: Span<UInt8>) {
        guard payload.count >= 2, payload[0] == 0x59 else { return nil }
        let start: Int
        switch payload[1] {
        case 0x02, 0x0A...0x0F, 0x13, 0x15: start = 3
        case 0x17: start = 4
        case 0x55: start = 5
        case 0x56: start = 6
        default: return nil
        }
        guard payload.count >= start else { return nil }
        self.init(payload, start: start)
    }

    @_lifetime(copy payload)
    @usableFromInline
    init(_ payload: Span<UInt8>, start: Int) {
        self.payload = payload
        self.start = start
        (count, surplus) = (payload.count - start).quotientAndRemainder(dividingBy: 4)
    }

    /// The code and the status of a record.
    public subscript(index: Int) -> (code: TroubleCode, status: TroubleCodeStatus) {
        precondition(index >= 0 && index < count, "there is no such record")
        let at = start + 4 * index
        let code =
            UInt32(payload[at]) << 16 | UInt32(payload[at + 1]) << 8 | UInt32(payload[at + 2])
        return (TroubleCode(threeBytes: code), TroubleCodeStatus(rawValue: payload[at + 3]))
    }
}

/// The answer of service 22 for one identifier, read where it is: it allocates nothing.
public struct DataIdentifierAnswer: ~Escapable {
    public let identifier: UInt16
    /// What stands behind the identifier; of an answer for several identifiers all of the rest.
    public let data: Span<UInt8>

    /// `nil` if this is no such answer.
    @_lifetime(copy payload)
    public init?(_ payload: Span<UInt8>) {
        guard payload.count >= 3, payload[0] == 0x62 else { return nil }
        identifier = UInt16(payload[1]) << 8 | UInt16(payload[2])
        data = payload.extracting(3...)
    }
}

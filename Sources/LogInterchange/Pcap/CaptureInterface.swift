import CANFrame

/// An interface of a capture: what kind of packets it gives, and how its stamps are counted.
struct CaptureInterface: Sendable {
    /// `nil` for packets that hold no frames of CAN.
    let link: SocketCANPacket.Link?
    /// The canlog channel, once a frame came.
    var channel: UInt8?
    var name: String?
    /// bit/s, of `if_speed`.
    var bitRate: UInt32?
    /// Nanoseconds of one unit of the stamps, or 0 where ``perSecond`` has to do.
    var unit: UInt64 = 1_000
    /// Units in a second: a power of 2, or of 10 beyond 10^9.
    var perSecond: UInt64 = 1_000_000
    /// Seconds to be added to its stamps (`if_tsoffset`).
    var offset: Int64 = 0

    /// Whether its resolution is one that 64 bits hold.
    private(set) var isKnown = true

    init(linkType: UInt16) {
        link = SocketCANPacket.Link(rawValue: linkType)
    }

    /// An interface whose description cannot be read: it has its place among the others.
    static let unreadable = CaptureInterface(linkType: .max)

    /// Takes an interface description block apart, without the size at its end: link type, options.
    init(describedBy block: Span<UInt8>, _ order: FieldOrder) {
        link = SocketCANPacket.Link(rawValue: order.uint16(block, at: 8))
        var option = 16
        while block.count - option >= 4 {
            let code = order.uint16(block, at: option)
            let count = Int(order.uint16(block, at: option + 2))
            guard code != 0, count <= block.count - option - 4 else { break }
            take(block.extracting(option + 4..<option + 4 + count), of: code, order)
            option += 4 + (count + 3) / 4 * 4
        }
    }

    private mutating func take(_ value: Span<UInt8>, of code: UInt16, _ order: FieldOrder) {
        switch code {
        case 2:
            let characters = value.indices.prefix(64).map { value[$0] }
            name = String(decoding: characters, as: UTF8.self).printable
        case 8 where value.count == 8: bitRate = UInt32(exactly: order.uint64(value, at: 0))
        case 9 where value.count == 1: isKnown = setResolution(value[0])
        case 14 where value.count == 8: offset = Int64(bitPattern: order.uint64(value, at: 0))
        default: break
        }
    }

    /// Takes `if_tsresol`: a power of 10, or of 2 if the high bit is set; false if it is none that
    /// 64 bits hold.
    mutating func setResolution(_ code: UInt8) -> Bool {
        let exponent = code & 0x7F
        if code & 0x80 != 0 {
            guard exponent < 64 else { return false }
            (unit, perSecond) = (0, 1 << UInt64(exponent))
            return true
        }
        guard exponent <= 19 else { return false }
        perSecond = (0..<exponent).reduce(1) { value, _ in value &* 10 }
        unit = exponent <= 9 ? 1_000_000_000 / perSecond : 0
        return true
    }

    /// The moment of a stamp; `nil` beyond the year 2262.
    @inline(__always)
    func timestamp(_ units: UInt64) -> Timestamp? {
        var nanoseconds = Int64(0)
        if unit > 0 {
            let (product, overflow) = units.multipliedReportingOverflow(by: unit)
            guard !overflow, product <= UInt64(Int64.max) else { return nil }
            nanoseconds = Int64(product)
        } else {
            let product = units.multipliedFullWidth(by: 1_000_000_000)
            guard product.high < perSecond else { return nil }
            let quotient = perSecond.dividingFullWidth(product).quotient
            guard quotient <= UInt64(Int64.max) else { return nil }
            nanoseconds = Int64(quotient)
        }
        guard offset != 0 else { return Timestamp(nanoseconds: nanoseconds) }
        let (shift, tooFar) = offset.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, overflow) = nanoseconds.addingReportingOverflow(shift)
        return tooFar || overflow ? nil : Timestamp(nanoseconds: sum)
    }
}

/// How a request of a service looks, and what of it its answer repeats: enough to tell a request from
/// other traffic and an answer from the answer to something else.
///
/// ISO 14229-1 clause 9 and after, SAE J1979 clause 6, and ISO 14230-3 for the services that control
/// units of before still have (18, 1A, 20, 21, 30, 3B).
struct ServiceShape {
    /// The lengths that a request may have, with its service identifier.
    var lengths: ClosedRange<Int>
    /// How many bytes behind the service identifier a positive answer repeats.
    var echo: Int

    private static let long = 0xFFFF_FFFF

    /// The shape of the service with this identifier; `nil` where no standard has it.
    static func of(_ service: UInt8) -> ServiceShape? {
        switch service {
        case 0x01, 0x09: ServiceShape(lengths: 2...7, echo: 1)
        case 0x02: ServiceShape(lengths: 3...7, echo: 2)
        case 0x03, 0x04, 0x07, 0x0A: ServiceShape(lengths: 1...1, echo: 0)
        case 0x05, 0x06: ServiceShape(lengths: 2...7, echo: 1)
        case 0x08: ServiceShape(lengths: 2...7, echo: 1)
        case 0x10: ServiceShape(lengths: 2...2, echo: 1)
        case 0x11: ServiceShape(lengths: 2...2, echo: 1)
        case 0x14: ServiceShape(lengths: 3...5, echo: 0)
        case 0x18: ServiceShape(lengths: 4...4, echo: 0)
        case 0x19: ServiceShape(lengths: 2...long, echo: 1)
        case 0x1A: ServiceShape(lengths: 2...2, echo: 1)
        case 0x20: ServiceShape(lengths: 1...1, echo: 0)
        case 0x21: ServiceShape(lengths: 2...8, echo: 1)
        case 0x22: ServiceShape(lengths: 3...long, echo: 2)
        case 0x23: ServiceShape(lengths: 3...long, echo: 0)
        case 0x24: ServiceShape(lengths: 3...3, echo: 2)
        case 0x27, 0x29: ServiceShape(lengths: 2...long, echo: 1)
        case 0x28: ServiceShape(lengths: 2...5, echo: 1)
        case 0x2A: ServiceShape(lengths: 2...long, echo: 0)
        case 0x2C: ServiceShape(lengths: 2...long, echo: 1)
        case 0x2E: ServiceShape(lengths: 4...long, echo: 2)
        case 0x2F: ServiceShape(lengths: 4...long, echo: 2)
        case 0x30, 0x3B: ServiceShape(lengths: 3...long, echo: 1)
        case 0x31: ServiceShape(lengths: 2...long, echo: 3)
        case 0x34, 0x35: ServiceShape(lengths: 4...long, echo: 0)
        case 0x36: ServiceShape(lengths: 2...long, echo: 1)
        case 0x37: ServiceShape(lengths: 1...long, echo: 0)
        case 0x38: ServiceShape(lengths: 5...long, echo: 1)
        case 0x3D: ServiceShape(lengths: 5...long, echo: 1)
        case 0x3E: ServiceShape(lengths: 1...2, echo: 1)
        case 0x83, 0x86, 0x87: ServiceShape(lengths: 2...long, echo: 1)
        case 0x84: ServiceShape(lengths: 2...long, echo: 0)
        case 0x85: ServiceShape(lengths: 2...long, echo: 1)
        default: nil
        }
    }
}

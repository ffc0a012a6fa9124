/// What is wrong with an object of a BLF log.
enum BLFFault: Equatable {
    case noObject
    case size(type: UInt32, headerSize: Int, size: Int)
    case headerVersion(type: UInt32, version: UInt16)
    case tooShort(type: UInt32, size: Int)
    case identifier(type: UInt32, UInt32)
    case stamp(type: UInt32, UInt64)
    case tooManyChannels(UInt16)
    case containerInside
    case containerTooLarge(Int)
    case compression(UInt16)
    case containerDamaged(unpacked: Int, declared: Int)
}

extension BLFFault: CustomStringConvertible {
    var description: String {
        switch self {
        case .noObject: "no object begins here: LOBJ is missing"
        case .size(let type, let headerSize, let size):
            "\(BLFObjectType.name(type)) claims \(size) bytes with a header of \(headerSize)"
        case .headerVersion(let type, let version):
            "\(BLFObjectType.name(type)) has a header of the unknown version \(version)"
        case .tooShort(let type, let size):
            "\(BLFObjectType.name(type)) has \(size) bytes, too few for its fields"
        case .identifier(let type, let identifier):
            "\(BLFObjectType.name(type)) has the standard identifier \(String(identifier, radix: 16, uppercase: true)), above 7FF"
        case .stamp(let type, let stamp):
            "\(BLFObjectType.name(type)) is stamped \(stamp) after the start, beyond the year 2262"
        case .tooManyChannels(let number):
            "channel \(number) is the 257th of this log; at most 256 can be held"
        case .containerInside: "a LOG_CONTAINER lies in another"
        case .containerTooLarge(let size):
            "LOG_CONTAINER claims \(size) bytes, above the limit of \(BLFLayout.largestContainer)"
        case .compression(let method):
            "LOG_CONTAINER is packed by the unknown method \(method)"
        case .containerDamaged(let unpacked, let declared):
            "LOG_CONTAINER is damaged: \(unpacked) of \(declared) bytes could be unpacked"
        }
    }
}

import ArgumentParser
import CANFrame
import CANTransport

/// The addresses of a control unit as an argument: `7E0:7E8`, `ECM=7E0:7E8`, `18DA10F1`,
/// `6F1/12:612/F1`.
struct UDSUnit: ExpressibleByArgument, Equatable {
    var name: String
    var request: ISOTPAddress
    var response: ISOTPAddress

    static let parse = wanted(
        "the addresses of request and answer, as 7E0:7E8, ECM=7E0:7E8, 18DA10F1 or 6F1/12:612/F1")

    init(name: String, request: ISOTPAddress, response: ISOTPAddress) {
        (self.name, self.request, self.response) = (name, request, response)
    }

    init?(argument: String) {
        let named = argument.split(separator: "=", omittingEmptySubsequences: false)
        guard (1...2).contains(named.count), let addresses = named.last else { return nil }
        let parts = addresses.split(separator: ":", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let request = UDSUnit.address(parts[0]) else {
            return nil
        }
        let given = parts.count > 1 ? UDSUnit.address(parts[1]) : request.answer
        guard let response = given, response != request else { return nil }
        (self.request, self.response) = (request, response)
        guard !named[0].isEmpty else { return nil }
        name = named.count > 1 ? String(named[0]) : response.description
    }

    /// 3 digits are a standard identifier, 8 an extended one; behind `/` an address byte.
    static func address(_ text: some StringProtocol) -> ISOTPAddress? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), [3, 8].contains(parts[0].count),
            parts[0].utf8.allSatisfy({ $0 != UInt8(ascii: "+") }),
            let number = UInt32(parts[0], radix: 16),
            let identifier = parts[0].count == 3
                ? ArbitrationID(standard: number) : ArbitrationID(extended: number)
        else { return nil }
        guard parts.count == 2 else {
            return ISOTPAddress(normalFixed: PackedID(identifier)) ?? ISOTPAddress(identifier)
        }
        guard parts[1].count == 2, let byte = UInt8(parts[1], radix: 16) else { return nil }
        let mixed = ISOTPAddress.mixed(identifier, extension: byte)
        // 18CE and 18CD hold addresses, the byte is an extension of them; else it is the address.
        return mixed.target == nil ? .extended(identifier, target: byte) : mixed
    }

    /// ISO 15765-4: the eight that a car has for emissions, asked by 7E0 to 7E7.
    static let legislated = (0..<8).compactMap { (offset: UInt32) -> UDSUnit? in
        guard let request = ArbitrationID(standard: 0x7E0 + offset),
            let response = ArbitrationID(standard: 0x7E8 + offset)
        else { return nil }
        return UDSUnit(
            name: response.description, request: ISOTPAddress(request),
            response: ISOTPAddress(response))
    }
}

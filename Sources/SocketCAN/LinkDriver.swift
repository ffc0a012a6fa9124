import CLinuxCAN
import Glibc
import LocalFiles

/// What ethtool tells of an interface beside rtnetlink.
public struct LinkDriver: Hashable, Sendable {
    /// The driver's name, for example `kvaser_pci`.
    public var name: String?
    /// The device's place on its bus as sysfs names it, for example `0000:00:05.0` or `1-2:1.0`.
    public var busAddress: String?
    /// Whether it offers stamps of the controller's own clock.
    public var offersHardwareStamps: Bool

    /// Asks the driver of the interface of this name; what it does not tell stays `nil`.
    public init(of name: String) {
        self.init(name: nil, busAddress: nil, offersHardwareStamps: false)
        let socket = OwnedDescriptor(
            adopting: socket(AF_INET, CInt(SOCK_DGRAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0))
        guard socket.rawValue >= 0 else { return }
        var driver = [CChar](repeating: 0, count: 32)
        var bus = driver
        // Both arrays are as long as the call fills, and the string lives for it.
        if unsafe canlog_driver(socket.rawValue, name, &driver, &bus) == 0 {
            self.name = Self.text(driver)
            busAddress = Self.text(bus)
        }
        offersHardwareStamps = ReceivingSocket.offersHardwareStamps(name, socket: socket)
    }

    private init(name: String?, busAddress: String?, offersHardwareStamps: Bool) {
        self.name = name
        self.busAddress = busAddress
        self.offersHardwareStamps = offersHardwareStamps
    }

    private static func text(_ bytes: [CChar]) -> String? {
        let text = bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return text.isEmpty ? nil : String(decoding: text, as: UTF8.self)
    }
}

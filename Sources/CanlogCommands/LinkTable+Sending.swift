import CANFrame
import SocketCAN

extension LinkTable {
    /// The CAN interface `name`, if frames may be sent there: on a virtual one always, on a real bus
    /// only where that was permitted.
    func link(toSendOn name: String, isPermitted: Bool) throws(StreamError) -> Link {
        guard let link = self[name: name] else {
            let present = canLinks.map(\.name).sorted().joined(separator: ", ")
            throw StreamError(
                place: name, cause: "there is no such interface",
                remedy: present.isEmpty
                    ? "there is no CAN interface at all; 'ip link add vcan0 type vcan' makes one"
                    : "CAN interfaces here: \(present)")
        }
        guard link.isCAN else {
            throw StreamError(place: name, cause: "this is not a CAN interface")
        }
        guard link.isVirtual || isPermitted else {
            throw StreamError(
                place: name,
                cause: "a real bus (\(link.kind ?? "unknown kind")), on which a car may move",
                remedy: "--allow-transmit sends there all the same")
        }
        return link
    }
}

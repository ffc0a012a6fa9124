import CANFrame
import SocketCAN
import Testing

@Suite("A frame as the kernel takes it")
struct WireFrameTests {
    /// The 72 bytes of `frame`, which goes through a batch.
    private func bytes(of frame: Frame) -> [UInt8] {
        var batch = FrameBatch(capacity: 1)
        batch.append(frame)
        return WireFrame(batch.rows[0], longPayload: batch.longPayload(at: 0)).bytes
    }

    /// A header by linux/can.h: canid_t, len, flags or padding, reserved, len8_dlc; then zeros.
    private func expected(_ header: [UInt8], _ payload: [UInt8] = []) -> [UInt8] {
        header + payload + [UInt8](repeating: 0, count: 64 - payload.count)
    }

    private func standard(_ value: UInt32, isRemote: Bool = false) throws -> PackedID {
        PackedID(try #require(ArbitrationID(standard: value)), isRemote: isRemote)
    }

    @Test("a classic frame has its identifier, length and payload")
    func classic() throws {
        let frame = Frame(
            timestamp: .init(nanoseconds: 1), identifier: try standard(0x123), payload: [1, 2, 3])
        #expect(bytes(of: frame) == expected([0x23, 0x01, 0, 0, 3, 0, 0, 0], [1, 2, 3]))
    }

    @Test("an extended identifier has bit 31")
    func extended() throws {
        let identifier = PackedID(try #require(ArbitrationID(extended: 0x18DA_F110)))
        let frame = Frame(timestamp: .init(nanoseconds: 1), identifier: identifier)
        #expect(bytes(of: frame) == expected([0x10, 0xF1, 0xDA, 0x98, 0, 0, 0, 0]))
    }

    @Test("a remote frame has its DLC as its length and no payload")
    func remote() throws {
        let frame = Frame(
            timestamp: .init(nanoseconds: 1), identifier: try standard(0x7, isRemote: true), dlc: 5)
        #expect(bytes(of: frame) == expected([0x07, 0, 0, 0x40, 5, 0, 0, 0]))
    }

    @Test("a classic DLC above 8 is in len8_dlc, with a length of 8", arguments: 9...15)
    func rawDLC(dlc: UInt8) throws {
        let payload: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8]
        let frame = Frame(
            timestamp: .init(nanoseconds: 1), identifier: try standard(0x1), dlc: dlc,
            payload: payload)
        #expect(bytes(of: frame) == expected([1, 0, 0, 0, 8, 0, 0, dlc], payload))
    }

    @Test("a CAN FD frame has its flags and up to 64 bytes; its origin is not on the wire")
    func flexible() throws {
        let payload = (0..<64).map { UInt8($0) }
        var flags: FrameFlags = [.flexibleDataRate, .bitRateSwitch, .errorStateIndicator]
        flags.origin = .thisHost
        let frame = Frame(
            timestamp: .init(nanoseconds: 1), identifier: try standard(0x1), flags: flags,
            payload: payload)
        #expect(bytes(of: frame) == expected([1, 0, 0, 0, 64, 7, 0, 0], payload))
    }
}

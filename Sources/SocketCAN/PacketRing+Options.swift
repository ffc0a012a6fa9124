import CANFrame
import CLinuxCAN
import Glibc
import LocalFiles

extension PacketRing {
    /// Opens a packet socket that is bound to nothing, so that it receives nothing yet.
    static func open() throws(SystemError) -> OwnedDescriptor {
        let kind = CInt(SOCK_RAW.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
        return try OwnedDescriptor(
            adopting: Glibc.socket(AF_PACKET, kind, 0), from: "packet socket", on: place)
    }

    /// Asks for a ring of `blockCount` blocks and for CAN frames alone, those of the filters.
    static func setUp(
        _ socket: borrowing OwnedDescriptor, _ options: CaptureOptions, blockCount: Int
    ) throws(SystemError) {
        try setOption(socket, "PACKET_VERSION", PACKET_VERSION, CInt(TPACKET_V3.rawValue))
        // The kernel's own stamp, as a raw socket has it; else one is taken when the ring is filled.
        try ReceivingSocket.setOption(socket, SOL_SOCKET, SO_TIMESTAMPNS, 1, place)
        try setOption(socket, "PACKET_IGNORE_OUTGOING", PACKET_IGNORE_OUTGOING, CInt(1))
        try attach(FilterProgram(options), to: socket)
        var request = tpacket_req3()
        request.tp_block_size = UInt32(blockSize)
        request.tp_block_nr = UInt32(blockCount)
        // Frames have no fixed size in this version; the kernel only wants the product to be right.
        request.tp_frame_size = UInt32(blockSize)
        request.tp_frame_nr = UInt32(blockCount)
        request.tp_retire_blk_tov = retirement
        try setOption(socket, "PACKET_RX_RING", PACKET_RX_RING, request)
    }

    /// Begins to receive from all interfaces. All protocols, since those of CAN alone would neither
    /// bring CAN FD nor copies of frames that this host sends.
    static func bind(_ socket: borrowing OwnedDescriptor) throws(SystemError) {
        var address = sockaddr_ll()
        address.sll_family = UInt16(AF_PACKET)
        address.sll_protocol = UInt16(ETH_P_ALL).bigEndian
        let result = unsafe withUnsafeBytes(of: &address) { bytes in
            // A sockaddr_ll is what a packet socket takes for a sockaddr.
            unsafe Glibc.bind(
                socket.rawValue, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self),
                socklen_t(bytes.count))
        }
        let code = errno
        guard result == 0 else { throw SystemError("bind", on: place, code: code) }
    }

    private static func setOption<Value: BitwiseCopyable>(
        _ socket: borrowing OwnedDescriptor, _ name: String, _ option: CInt, _ value: Value
    ) throws(SystemError) {
        var value = value
        let size = socklen_t(MemoryLayout<Value>.size)
        // The bytes of a local.
        let result = unsafe setsockopt(
            socket.rawValue, CInt(CANLOG_SOL_PACKET), option, &value, size)
        let code = errno
        guard result == 0 else { throw SystemError("setsockopt \(name)", on: place, code: code) }
    }

    /// Lets the kernel choose by `program` what comes.
    static func attach(
        _ program: FilterProgram, to socket: borrowing OwnedDescriptor
    ) throws(SystemError) {
        var instructions = program.instructions
        let count = UInt16(instructions.count)
        let code = unsafe instructions.withUnsafeMutableBufferPointer { buffer in
            // The kernel copies the program before the call returns.
            var program = unsafe sock_fprog(len: count, filter: buffer.baseAddress)
            let size = unsafe socklen_t(MemoryLayout<sock_fprog>.size)
            let result = unsafe setsockopt(
                socket.rawValue, SOL_SOCKET, SO_ATTACH_FILTER, &program, size)
            return result == 0 ? 0 : errno
        }
        guard code == 0 else {
            throw SystemError("setsockopt SO_ATTACH_FILTER", on: place, code: code)
        }
    }

    // MARK: Frames

    /// Appends the frame of these bytes to `batch`; false if it is not a frame.
    @inline(__always)
    static func append(
        _ data: Span<UInt8>, _ channel: UInt8, _ origin: FrameOrigin, stamped time: Timestamp,
        to batch: inout FrameBatch
    ) -> Bool {
        guard data.count >= Int(CANLOG_CAN_MTU) else { return false }
        // As many bytes as are read.
        let start = unsafe data.withUnsafeBufferPointer { pointer in
            unsafe pointer.baseAddress.map { unsafe canlog_frame_start_at($0) }
        }
        guard let start,
            var form = FrameForm(
                identifier: start.identifier, length: start.length, flags: start.flags,
                rawDLC: start.raw_dlc, size: UInt32(data.count), messageFlags: 0)
        else { return false }
        form.flags.origin = origin
        var row = FrameRow(
            timestamp: time, identifier: form.identifier, channel: channel, flags: form.flags,
            length: form.length, dlc: form.dlc, payloadWord: 0)
        if form.length <= 8 {
            row.payloadWord = FrameRow.maskedWord(
                UInt64(littleEndian: start.word), length: form.length)
            batch.append(row)
        } else {
            batch.append(row, payload: data.extracting(8..<8 + Int(form.length)))
        }
        return true
    }

    /// All bytes of a frame, to be compared.
    static func content(of data: Span<UInt8>) -> FrameOrigins.Content {
        var content = FrameOrigins.Content(repeating: 0)
        for index in 0..<min(data.count / 8, content.count) {
            content[index] = data.hostUInt64(at: index * 8)
        }
        return content
    }
}

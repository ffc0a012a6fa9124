import CANFrame
import CLinuxCAN
import Glibc

/// Memory for the messages that one recvmmsg takes, reserved once.
@safe struct ReceiveSlots: ~Copyable {
    /// How many messages fit: a drain of 10 ms on a full bus of 1 Mbit/s has some 80.
    static let capacity = 128
    private let slots: OpaquePointer
    private let first: UnsafePointer<canlog_slot>

    /// Reserves the slots; `nil` if there is no memory.
    init?(wantsInterface: Bool) {
        guard
            let slots = unsafe canlog_slots_new(UInt32(Self.capacity), wantsInterface ? 1 : 0),
            let first = unsafe canlog_slots_first(slots)
        else { return nil }
        unsafe self.slots = slots
        unsafe self.first = first
    }

    deinit {
        unsafe canlog_slots_free(slots)
    }

    private var all: Span<canlog_slot> {
        @_lifetime(borrow self) borrowing get {
            // The memory has this many slots for as long as this value lives.
            let span = unsafe Span(_unsafeStart: first, count: Self.capacity)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    @_lifetime(borrow self)
    private borrowing func payload(at index: Int, length: Int) -> Span<UInt8> {
        precondition(index < Self.capacity && length <= DataLengthCode.maximumLength)
        let field = unsafe UnsafeRawPointer(first + index).advanced(
            by: MemoryLayout<canfd_frame>.offset(of: \.data) ?? 8)
        // The frame is the slot's first field, and its data field has 64 bytes.
        let span = unsafe Span<UInt8>(
            _unsafeStart: field.assumingMemoryBound(to: UInt8.self), count: length)
        return unsafe _overrideLifetime(span, borrowing: self)
    }

    /// The first 8 bytes of the payload in a slot, the first in the low bits.
    private borrowing func word(at index: Int) -> UInt64 {
        precondition(index < Self.capacity)
        return unsafe canlog_slot_word(first + index)
    }

    /// Takes what waits in `socket`; how many messages, or the negative errno.
    borrowing func receive(from socket: CInt) -> Int {
        unsafe Int(canlog_slots_receive(slots, socket))
    }

    /// The kernel's stamp in nanoseconds.
    borrowing func stamp(at index: Int) -> Int64 { all[index].stamp }

    /// The controller's own stamp in nanoseconds; 0 if there is none.
    borrowing func hardwareStamp(at index: Int) -> Int64 { all[index].hardware_stamp }

    /// The socket's count of drops when this message was queued; 0 while there were none.
    borrowing func drops(at index: Int) -> UInt32 { all[index].drops }

    /// The number of the interface, where that was asked for.
    borrowing func interface(at index: Int) -> Int32 { all[index].interface }

    /// All bytes of the frame in a slot, to be compared.
    borrowing func content(at index: Int) -> FrameOrigins.Content {
        let frame = all[index].frame
        var content = FrameOrigins.Content(repeating: 0)
        content[0] =
            UInt64(frame.can_id) | UInt64(frame.len) << 32 | UInt64(frame.flags) << 40
            | UInt64(frame.__res0) << 48 | UInt64(frame.__res1) << 56
        // A slot keeps what a longer message left behind a shorter one.
        let size = min(Int(all[index].size), (content.count) * 8)
        let bytes = payload(at: index, length: max(0, size - 8))
        for word in 0..<bytes.count / 8 { content[word + 1] = bytes.hostUInt64(at: word * 8) }
        return content
    }

    /// Appends the frame in a slot to `batch`; false if it is not a frame.
    borrowing func append(
        at index: Int, channel: UInt8, stamped time: Timestamp, to batch: inout FrameBatch
    ) -> Bool {
        let slots = all
        guard
            let form = FrameForm(
                identifier: slots[index].frame.can_id, length: slots[index].frame.len,
                flags: slots[index].frame.flags, rawDLC: slots[index].frame.__res1,
                size: slots[index].size, messageFlags: slots[index].message_flags)
        else { return false }
        var row = FrameRow(
            timestamp: time, identifier: form.identifier, channel: channel, flags: form.flags,
            length: form.length, dlc: form.dlc, payloadWord: 0)
        if form.length <= 8 {
            row.payloadWord = FrameRow.maskedWord(word(at: index), length: form.length)
            batch.append(row)
        } else {
            batch.append(row, payload: payload(at: index, length: Int(form.length)))
        }
        return true
    }
}

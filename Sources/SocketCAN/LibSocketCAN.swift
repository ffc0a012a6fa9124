import CLibSocketCAN
import CLinuxCAN
import Glibc
import LocalFiles

/// The calls of libsocketcan that set an interface up, with the kernel's reason where they fail.
///
/// The library returns -1, leaves the kernel's answer in `errno`, and prints it to the stream
/// `stderr` by itself: those words are kept from the user, who is told in ours.
enum LibSocketCAN {
    static func stop(_ name: String) throws(SystemError) {
        try call("set down", name) { unsafe can_do_stop(name) }
    }

    static func start(_ name: String) throws(SystemError) {
        try call("set up", name) { unsafe can_do_start(name) }
    }

    /// Sets the bit rate in bit/s, and the sample point in thousandths unless the kernel is to
    /// choose it.
    static func setBitRate(
        _ rate: UInt32, samplePoint: UInt32?, of name: String
    ) throws(SystemError) {
        try call("set bit rate \(rate)", name) {
            guard let samplePoint else { return unsafe can_set_bitrate(name, rate) }
            return unsafe can_set_bitrate_samplepoint(name, rate, samplePoint)
        }
    }

    /// Sets the segments of the bit as they are given.
    static func setTiming(_ timing: BitTiming, of name: String) throws(SystemError) {
        var structure = timing.exactly
        try call("set bit timing", name) { unsafe can_set_bittiming(name, &structure) }
    }

    /// Sets those modes that are in `mask` to what `modes` says.
    static func setModes(
        _ modes: UInt32, mask: UInt32, of name: String
    ) throws(SystemError) {
        var structure = can_ctrlmode(mask: mask, flags: modes & mask)
        try call("set control modes", name) { unsafe can_set_ctrlmode(name, &structure) }
    }

    static func setRestartDelay(_ milliseconds: UInt32, of name: String) throws(SystemError) {
        try call("set restart-ms", name) { unsafe can_set_restart_ms(name, milliseconds) }
    }

    /// The names live for the call.
    private static func call(
        _ operation: String, _ name: String, _ body: () -> CInt
    ) throws(SystemError) {
        let code = canlog_quiet_begin()
        guard code == 0 else { throw SystemError(operation, on: name, code: -code) }
        errno = 0
        let result = body()
        canlog_quiet_end()
        let reason = errno
        guard result < 0 else { return }
        throw SystemError(operation, on: name, code: reason == 0 ? EIO : reason)
    }
}

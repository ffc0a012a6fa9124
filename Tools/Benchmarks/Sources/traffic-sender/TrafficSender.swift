import Glibc

/// Sends numbered frames at a steady rate and says what that cost: the load of the benchmarks.
///
/// Each frame is one system call by a plain raw socket, due at an absolute time; what is late is
/// sent at once. The payload is the frame's number, little-endian.
@main
struct TrafficSender {
    static let usage = """
        usage: traffic-sender INTERFACE… [--count N] [--rate PER-SECOND] [--burst N]
                              [--times FILE] [--tell MS] [--unseen yes]

        Sends --count frames (1,000) of 8 bytes, in turn on each interface, --rate a second in all
        (1,000), --burst (1) at a time. The last line is JSON: sent, seconds, CPU time in ns, and
        how many sends had to be repeated.
          --times FILE   when each frame was sent, CLOCK_MONOTONIC, 8 bytes little-endian each
          --tell MS      print the number of the newest frame that often
          --unseen yes   past the taps of the sending interface, as frames of another node come:
                         with INTERFACE one end of a vxcan, whose other end is recorded

        """

    private var interfaces: [String] = []
    private var count = 1_000
    private var rate = 1_000
    private var burst = 1
    private var timesFile: String?
    private var tellEvery = 0
    private var isUnseen = false

    static func main() {
        do throws(Failure) {
            try TrafficSender(CommandLine.arguments.dropFirst()).send()
        } catch {
            var line = "traffic-sender: \(error.text)\n"
            // The bytes live for the call.
            line.withUTF8 { bytes in _ = unsafe Glibc.write(2, bytes.baseAddress, bytes.count) }
            exit(error.isUsage ? 64 : 2)
        }
    }

    private init(_ arguments: ArraySlice<String>) throws(Failure) {
        var words = arguments
        while let word = words.popFirst() {
            guard word.hasPrefix("--") else {
                interfaces.append(word)
                continue
            }
            guard let value = words.popFirst() else { throw .usage }
            if word == "--times" {
                timesFile = value
                continue
            }
            if word == "--unseen" {
                isUnseen = value == "yes"
                continue
            }
            guard let number = Int(value), (1...1_000_000_000).contains(number) else {
                throw .usage
            }
            switch word {
            case "--count": count = number
            case "--rate": rate = number
            case "--burst": burst = number
            case "--tell": tellEvery = number * 1_000_000
            default: throw .usage
            }
        }
        if interfaces.isEmpty { throw .usage }
    }

    private func send() throws(Failure) {
        var sockets: [CInt] = []
        var addresses: [PacketAddress] = []
        for interface in interfaces {
            sockets.append(try isUnseen ? Self.openUnseen() : Self.open(interface))
            // The string lives for the call.
            addresses.append(PacketAddress(interface: unsafe if_nametoindex(interface)))
        }
        var times: [Int64] = []
        if timesFile != nil { times.reserveCapacity(count) }
        var repeated = 0
        Self.sleepExactly()
        let cpuBefore = nanoseconds(CLOCK_PROCESS_CPUTIME_ID)
        let start = nanoseconds(CLOCK_MONOTONIC)
        var nextWord = start
        for number in 0..<count {
            if number % burst == 0 {
                waitUntil(start + Int64(number) * 1_000_000_000 / Int64(rate))
            }
            if timesFile != nil { times.append(nanoseconds(CLOCK_MONOTONIC)) }
            let place = number % sockets.count
            repeated += try Self.send(
                UInt64(number), to: sockets[place], isUnseen ? addresses[place] : nil)
            if tellEvery > 0, nanoseconds(CLOCK_MONOTONIC) >= nextWord {
                nextWord = nanoseconds(CLOCK_MONOTONIC) + Int64(tellEvery)
                print(number)
                fflush(nil)
            }
        }
        let seconds = Double(nanoseconds(CLOCK_MONOTONIC) - start) / 1e9
        let cpu = nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - cpuBefore
        if let timesFile { try Self.write(times, to: timesFile) }
        print("{\"sent\":\(count),\"seconds\":\(seconds),\"cpu\":\(cpu),\"repeated\":\(repeated)}")
    }

    // MARK: The kernel

    /// `sockaddr_can` of linux/can.h; the two words are the address of other protocols.
    private struct Address {
        var family = UInt16(29)  // AF_CAN
        var interface: Int32
        var words: (UInt64, UInt64) = (0, 0)
    }

    /// `sockaddr_ll` of linux/if_packet.h.
    private struct PacketAddress {
        var family = UInt16(17)  // AF_PACKET
        var protocolNumber = UInt16(0x000C).bigEndian  // ETH_P_CAN
        var interface: UInt32
        var rest: (UInt32, UInt64) = (0, 0)
    }

    /// A packet socket that sends past the queue of the interface (`PACKET_QDISC_BYPASS`), where
    /// other packet sockets would get copies.
    private static func openUnseen() throws(Failure) -> CInt {
        let descriptor = socket(17, CInt(SOCK_RAW.rawValue), 0)
        guard descriptor >= 0 else { throw .system("socket", "packet") }
        var one: CInt = 1
        // Four bytes of a local (SOL_PACKET, PACKET_QDISC_BYPASS).
        guard unsafe setsockopt(descriptor, 263, 20, &one, 4) == 0 else {
            throw .system("setsockopt", "packet")
        }
        return descriptor
    }

    /// `can_frame` of linux/can.h.
    private struct WireFrame {
        var identifier: UInt32 = 0x123
        var length: UInt8 = 8
        var payload: UInt64
    }

    private static func open(_ interface: String) throws(Failure) -> CInt {
        let descriptor = socket(29, CInt(SOCK_RAW.rawValue), 1)  // AF_CAN, CAN_RAW
        guard descriptor >= 0 else { throw .system("socket", interface) }
        // No filter at all: it receives nothing (SOL_CAN_RAW, CAN_RAW_FILTER).
        _ = setsockopt(descriptor, 101, 1, nil, 0)
        // The string lives for the call.
        let index = unsafe if_nametoindex(interface)
        guard index > 0 else { throw .system("find", interface) }
        var address = Address(interface: Int32(bitPattern: index))
        // The kernel reads the size given of the local given.
        let bound = unsafe withUnsafeBytes(of: &address) { bytes in
            unsafe bind(
                descriptor, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self),
                socklen_t(bytes.count))
        }
        guard bound == 0 else { throw .system("bind", interface) }
        return descriptor
    }

    private static func send(
        _ number: UInt64, to socket: CInt, _ address: PacketAddress?
    ) throws(Failure) -> Int {
        var frame = WireFrame(payload: number.littleEndian)
        var repeated = 0
        while transmit(&frame, to: socket, address) != 16 {
            guard errno == ENOBUFS || errno == EINTR else {
                throw .system("send", "frame \(number)")
            }
            repeated += 1
            sched_yield()
        }
        return repeated
    }

    private static func transmit(
        _ frame: inout WireFrame, to socket: CInt, _ address: PacketAddress?
    ) -> Int {
        // The kernel reads 16 bytes of the frame, its whole size, and 20 of the address.
        guard var address else { return unsafe Glibc.write(socket, &frame, 16) }
        let size = MemoryLayout<PacketAddress>.size
        return unsafe withUnsafeBytes(of: &address) { bytes in
            unsafe sendto(
                socket, &frame, 16, 0, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self),
                socklen_t(min(size, 20)))
        }
    }

    private static func write(_ times: [Int64], to path: String) throws(Failure) {
        // The stream is closed below; the array holds as many as are written.
        guard let file = unsafe fopen(path, "w") else { throw .system("open", path) }
        let written = unsafe fwrite(times, 8, times.count, file)
        guard unsafe fclose(file) == 0, written == times.count else { throw .system("write", path) }
    }

    /// A timer of the kernel may otherwise be 50 µs late (proc(5), timerslack_ns).
    private static func sleepExactly() {
        // The stream is closed, once, and the string lives for the call.
        guard let file = unsafe fopen("/proc/self/timerslack_ns", "w") else { return }
        unsafe fputs("1", file)
        unsafe fclose(file)
    }

    private func nanoseconds(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        // The call fills the local it is given.
        _ = unsafe clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    private func waitUntil(_ due: Int64) {
        guard due > nanoseconds(CLOCK_MONOTONIC) else { return }
        var time = timespec(
            tv_sec: Int(due / 1_000_000_000), tv_nsec: Int(due % 1_000_000_000))
        // The call reads the local it is given.
        while unsafe clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nil) == EINTR {}
    }
}

/// Why nothing more is sent.
private struct Failure: Error {
    let text: String
    var isUsage = false

    static var usage: Failure { Failure(text: TrafficSender.usage, isUsage: true) }

    static func system(_ call: String, _ place: String) -> Failure {
        // The text is copied before another call can change it.
        unsafe Failure(text: "\(call) \(place): \(String(cString: strerror(errno)))")
    }
}

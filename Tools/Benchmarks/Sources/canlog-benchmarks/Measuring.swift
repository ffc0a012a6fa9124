import Glibc

/// CPU time of this process in nanoseconds: what others do on the machine does not count.
func processTime() -> Double {
    var time = timespec()
    // The call fills the local it is given.
    _ = unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
}

/// The least of the rounds: what it costs when nobody else is on the machine.
func best(_ values: [Double]) -> Double { values.min() ?? .nan }

func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    return sorted.isEmpty ? .nan : sorted[sorted.count / 2]
}

func geometricMean(_ values: [Double]) -> Double {
    exp(values.map { log($0) }.reduce(0, +) / Double(values.count))
}

extension Double {
    /// With `digits` behind the point, right-aligned in `width`.
    func text(_ digits: Int, width: Int = 8) -> String {
        guard isFinite else { return String(repeating: " ", count: width - 1) + "-" }
        let scale = pow(10, Double(digits))
        let scaled = Int((magnitude * scale).rounded())
        let fraction = String(scaled % Int(scale))
        let padded = String(repeating: "0", count: max(0, digits - fraction.count)) + fraction
        let whole = (self < 0 ? "-" : "") + "\(scaled / Int(scale))"
        let text = digits > 0 ? "\(whole).\(padded)" : whole
        return String(repeating: " ", count: max(0, width - text.count)) + text
    }
}

extension String {
    func padded(_ width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}

/// What a benchmark could not do.
struct BenchmarkError: Error, CustomStringConvertible {
    let description: String
}

/// The output of a shell command that ended well.
func output(of command: String) throws -> [UInt8] {
    // The stream is closed below, once, and the buffer is this function's own.
    guard let stream = unsafe popen(command, "re") else {
        throw BenchmarkError(description: "cannot start: \(command)")
    }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
        let count = unsafe fread(&buffer, 1, buffer.count, stream)
        if count == 0 { break }
        bytes.append(contentsOf: buffer[..<count])
    }
    guard unsafe pclose(stream) == 0 else {
        throw BenchmarkError(description: "failed: \(command)")
    }
    return bytes
}

/// The value of an environment variable.
func environment(_ name: String) -> String? {
    // The result is copied before anyone can change the environment.
    unsafe getenv(name).map { unsafe String(cString: $0) }
}

/// Milliseconds of CPU time and of real time, one value for each round.
struct Durations {
    private var processor: [Double] = []
    private var real: [Double] = []

    /// The least CPU time.
    var best: Double { processor.min() ?? .nan }

    mutating func append(_ elapsed: Moment.Elapsed) {
        processor.append(elapsed.processor / 1e6)
        real.append(elapsed.real / 1e6)
    }

    /// Least, median, and greatest of each.
    var text: String {
        [("CPU", processor), ("real", real)].map { name, values in
            "\(name) least \(best(of: values)) median \(median(values).text(2, width: 7)) max "
                + (values.max() ?? .nan).text(2, width: 7)
        }.joined(separator: "   ")
    }

    private func best(of values: [Double]) -> String { (values.min() ?? .nan).text(2, width: 7) }
}

/// A moment from which time is measured.
struct Moment {
    /// Nanoseconds.
    struct Elapsed {
        var processor: Double
        var real: Double
    }

    private let processor = processTime()
    private let real = ContinuousClock.now

    var elapsed: Elapsed {
        let (seconds, attoseconds) = (ContinuousClock.now - real).components
        return Elapsed(
            processor: processTime() - processor,
            real: Double(seconds) * 1e9 + Double(attoseconds) / 1e9)
    }
}

/// Numbers that look random and are the same in every run (SplitMix64).
struct NumberSequence {
    private var state: UInt64 = 1

    mutating func next(below limit: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return Int(truncatingIfNeeded: (value ^ value >> 31) >> 1) % limit
    }
}

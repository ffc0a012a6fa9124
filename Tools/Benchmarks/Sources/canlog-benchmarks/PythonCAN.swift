/// python-can's writers, from the environment that `Tools/setup peers` makes.
struct PythonCAN {
    /// Bytes of the files and nanoseconds of CPU time to write them.
    struct Figures {
        var blfBytes: Double
        var blfTime: Double
        var textBytes: Double
        var textTime: Double
    }

    /// Name and version, or `nil` if it is not there.
    let version: String?
    private let python: String

    init() {
        let cache = environment("XDG_CACHE_HOME") ?? (environment("HOME") ?? "") + "/.cache"
        python = "\(cache)/canlog/peers/bin/python3"
        let ask = "'\(python)' -c 'import can; print(\"python-can\", can.__version__)' 2>/dev/null"
        version = (try? output(of: ask)).map {
            String(decoding: $0, as: UTF8.self).split(separator: "\n").joined()
        }
    }

    /// Lets it write a log that it has read before.
    func measure(_ path: String) throws -> Figures? {
        guard version != nil else { return nil }
        let text = try output(
            of: "'\(python)' Tools/Benchmarks/Peers/python_can_writers.py '\(path)'")
        let numbers = String(decoding: text, as: UTF8.self).split(whereSeparator: \.isWhitespace)
            .compactMap { Double($0) }
        guard numbers.count == 4 else {
            throw BenchmarkError(description: "python_can_writers.py said something else")
        }
        return Figures(
            blfBytes: numbers[0], blfTime: numbers[1], textBytes: numbers[2], textTime: numbers[3])
    }
}

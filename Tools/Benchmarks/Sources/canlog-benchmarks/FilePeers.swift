/// Other file formats as python-can, asammdf and pyarrow write and read them, from the environment
/// that `Tools/setup peers` makes.
struct FilePeers {
    /// Million frames a second of CPU time.
    struct Times {
        var format: String
        var write: Double
        var read: Double
    }

    /// Names and versions, or `nil` if they are not there.
    let version: String?
    private let python: String

    init() {
        let cache = environment("XDG_CACHE_HOME") ?? (environment("HOME") ?? "") + "/.cache"
        python = "\(cache)/canlog/peers/bin/python3"
        let ask = "'\(python)' -B Tools/Benchmarks/file/formats.py 2>/dev/null"
        version = (try? output(of: ask)).map {
            String(decoding: $0, as: UTF8.self).split(separator: "\n").joined()
        }
    }

    /// One round of each format.
    func measure(_ path: String) throws -> [Times] {
        guard version != nil else { return [] }
        let text = try output(of: "'\(python)' -B Tools/Benchmarks/file/file_speed.py '\(path)'")
        return try String(decoding: text, as: UTF8.self).split(separator: "\n").map { line in
            let words = line.split(separator: "\t")
            guard words.count == 3, let write = Double(words[1]), let read = Double(words[2]) else {
                throw BenchmarkError(description: "file_speed.py said something else: \(line)")
            }
            return Times(format: String(words[0]), write: write, read: read)
        }
    }

    /// Text about one ID and any instant in other formats.
    func seek(_ path: String, frames: Int, of all: Int) throws -> [UInt8] {
        guard version != nil else { return Array("absent (Tools/setup peers installs them)".utf8) }
        return try output(
            of: "'\(python)' -B Tools/Benchmarks/file/file_seek.py '\(path)' \(frames) \(all)")
    }
}

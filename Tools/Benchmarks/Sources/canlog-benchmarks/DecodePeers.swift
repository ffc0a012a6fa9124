/// Other decoders, from the environment that `Tools/setup peers` makes, with the same rows.
struct DecodePeers {
    private let folder: String
    private let database: String
    private let python: String
    /// The C code of cantools into memory that is used again, and into fresh memory.
    static let groups = "cantools C code, in groups"
    static let whole = "cantools C code, whole log, fresh memory"
    /// How many frames cantools decodes in Python.
    private static let pythonFrames = 100_000

    init(_ input: borrowing DecodeInput, _ folder: String) throws {
        self.folder = folder
        database = input.path
        let cache = environment("XDG_CACHE_HOME") ?? (environment("HOME") ?? "") + "/.cache"
        python = "\(cache)/canlog/peers/bin/python3"
        try input.write(to: folder + "/rows")
        let program = "'\(python)' -B Tools/Benchmarks/decode/c_columns.py"
        let version = try output(of: "\(program) \"$(realpath '\(database)')\" '\(folder)'")
        print(String(decoding: version, as: UTF8.self), terminator: "")
    }

    /// One round: nanoseconds by name. Python takes long and is measured in the first two rounds.
    func measure(group: Int, round: Int) throws -> [(name: String, time: Double, values: Double)] {
        var figures: [(name: String, time: Double, values: Double)] = []
        let groups = try Self.words(of: "'\(folder)/columns' '\(folder)/rows' \(group)")
        let inlined = try Self.words(of: "'\(folder)/inlined' '\(folder)/rows' \(group)")
        let whole = try Self.words(of: "'\(folder)/columns' '\(folder)/rows' 0")
        figures.append((Self.groups, groups[1] * 1e6, groups[2]))
        figures.append(
            ("cantools C code, in groups, inlined in its caller", inlined[1] * 1e6, inlined[2]))
        figures.append((Self.whole, whole[0] * 1e6, whole[2]))
        guard round < 2 else { return figures }
        let script = "'\(python)' -B Tools/Benchmarks/decode/python_peers.py '\(database)'"
        let text = try output(of: "\(script) '\(folder)/rows' \(Self.pythonFrames)")
        for line in String(decoding: text, as: UTF8.self).split(separator: "\n") {
            let words = line.split(separator: "\t")
            guard words.count == 3, let values = Double(words[1]), let time = Double(words[2])
            else {
                throw BenchmarkError(description: "python_peers.py said something else: \(line)")
            }
            figures.append((String(words[0]), time * 1e9, values))
        }
        return figures
    }

    /// Compares the sums of the signals of each message, bit by bit; cantools has the signals in an
    /// order of its own.
    func check(against sums: [String: [UInt64]]) throws {
        let text = try output(of: "'\(folder)/columns' '\(folder)/rows' 0 check")
        var theirs: [String: [UInt64]] = [:]
        for line in String(decoding: text, as: UTF8.self).split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count == 3, let sum = UInt64(words[2], radix: 16) else { continue }
            theirs[String(words[0]), default: []].append(sum)
        }
        var (equal, different) = (0, 0)
        for (identifier, own) in sums {
            let isEqual = own.sorted() == theirs[identifier, default: []].sorted()
            equal += isEqual ? own.count : 0
            different += isEqual ? 0 : own.count
        }
        print(
            "sums of signals, all digits, canlog and the C code: \(equal) equal, "
                + "\(different) different; of messages without multiplexer")
        guard different == 0 else { throw BenchmarkError(description: "the sums differ") }
    }

    private static func words(of command: String) throws -> [Double] {
        let words = String(decoding: try output(of: command), as: UTF8.self)
            .split { $0 == " " || $0 == "\n" }.compactMap { Double($0) }
        guard words.count == 3 else {
            throw BenchmarkError(description: "said something else: \(command)")
        }
        return words
    }
}

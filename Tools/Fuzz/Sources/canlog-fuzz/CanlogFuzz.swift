import Glibc

/// Something that must bear any bytes: it traps when a promise is broken.
struct FuzzTarget: Sendable {
    let name: String
    let run: @Sendable ([UInt8]) -> Void
}

/// The target that `CANLOG_FUZZ_TARGET` names; libFuzzer's main has no argument for it.
private let chosen: FuzzTarget = {
    // The result is copied before anyone can change the environment.
    let name = unsafe getenv("CANLOG_FUZZ_TARGET").map { unsafe String(cString: $0) }
    guard let target = CanlogFuzz.all.first(where: { $0.name == name }) else {
        print("canlog-fuzz: CANLOG_FUZZ_TARGET names no target; use Tools/fuzz")
        exit(64)
    }
    return target
}()

/// What libFuzzer calls for each input, by way of CLibFuzzer.
@_cdecl("canlog_fuzz_one")
func fuzzOne(_ start: UnsafePointer<UInt8>, _ count: Int) {
    // libFuzzer lends the bytes for the call.
    chosen.run(unsafe Array(UnsafeBufferPointer(start: start, count: count)))
}

@main
enum CanlogFuzz {
    static let all = [
        FuzzTarget(name: "blf", run: fuzzBLF),
        FuzzTarget(name: "asc", run: fuzzASC),
        FuzzTarget(name: "candump", run: fuzzCandump),
        FuzzTarget(name: "conversations", run: fuzzConversations),
        FuzzTarget(name: "csv", run: fuzzCSV),
        FuzzTarget(name: "dbc", run: fuzzDatabase),
        FuzzTarget(name: "diagnostics", run: fuzzDiagnostics),
        FuzzTarget(name: "isotp", run: fuzzISOTP),
        FuzzTarget(name: "journal", run: fuzzJournal),
        FuzzTarget(name: "log", run: fuzzLog),
        FuzzTarget(name: "pcapng", run: fuzzPcapng),
        FuzzTarget(name: "mdf", run: fuzzMDF),
        FuzzTarget(name: "rules", run: fuzzRules),
        FuzzTarget(name: "simulation", run: fuzzSimulation),
        FuzzTarget(name: "specs", run: fuzzSpecs),
        FuzzTarget(name: "trc", run: fuzzTRC),
    ]

    /// `canlog-fuzz TARGET replay FOLDER` feeds every file of a folder to a target once. A build with
    /// libFuzzer has that one's main instead.
    static func main() {
        let words = CommandLine.arguments
        guard words.count == 4, words[2] == "replay",
            let target = all.first(where: { $0.name == words[1] })
        else {
            print("usage: canlog-fuzz TARGET replay FOLDER")
            print("targets: " + all.map(\.name).joined(separator: " "))
            exit(64)
        }
        replay(target, folder: words[3])
    }

    private static func replay(_ target: FuzzTarget, folder: String) {
        // The stream is closed below; the entry is read before the next call.
        guard let stream = unsafe opendir(folder) else {
            print("canlog-fuzz: cannot open \(folder)")
            exit(2)
        }
        var count = 0
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
                unsafe String(cString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
            }
            guard !name.hasPrefix("."), let bytes = contents(of: "\(folder)/\(name)") else {
                continue
            }
            target.run(bytes)
            count += 1
        }
        _ = unsafe closedir(stream)
        print("\(target.name): \(count) inputs replayed")
        exit(count > 0 ? 0 : 2)
    }

    private static func contents(of path: String) -> [UInt8]? {
        // The stream is closed below, and the buffer is this function's own.
        guard let stream = unsafe fopen(path, "rbe") else { return nil }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unsafe fread(&buffer, 1, buffer.count, stream)
            if count == 0 { break }
            bytes.append(contentsOf: buffer[..<count])
        }
        _ = unsafe fclose(stream)
        return bytes
    }
}

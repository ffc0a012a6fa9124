import ArgumentParser
import CANFrame
import Glibc
import LocalFiles
import LogFile

/// Who, where and what a log is about.
struct MetadataOptions: ParsableArguments {
    @Option(help: .init("The vehicle's identification number, as scanned.", valueName: "vin"))
    var vin: String?

    @Option(help: .init("The name of the test station.", valueName: "name"))
    var station: String?

    @Option(help: .init("The name of the assembly line.", valueName: "name"))
    var line: String?

    @Option(help: .init("Who operates the station.", valueName: "name"))
    var `operator`: String?

    @Option(
        parsing: .unconditional,
        help: .init("Which attempt at this vehicle it is, from 1.", valueName: "n"),
        transform: MetadataOptions.attemptNumber)
    var attempt: UInt32?

    @Option(help: .init("Anything else, as often as you like.", valueName: "key=value"))
    var tag: [String] = []

    func validate() throws {
        for tag in tag where tag.first == "=" || !tag.contains("=") {
            throw ValidationError("--tag wants key=value, not '\(tag)'")
        }
    }

    static let attemptNumber: @Sendable (String) throws -> UInt32 = { text in
        guard let number = UInt32(text), number > 0 else {
            throw ValidationError("wanted is a number from 1 on")
        }
        return number
    }

    /// Whether any of it was given.
    var isGiven: Bool {
        vin != nil || station != nil || line != nil || `operator` != nil || attempt != nil
            || !tag.isEmpty
    }

    /// The metadata of a recording that starts now, and what is doubtful about the VIN.
    func metadata(resolution: Int64) -> (metadata: LogMetadata, doubt: String?) {
        var random = SystemRandomNumberGenerator()
        var metadata = LogMetadata(
            recording: RecordingID(random: random.next(), random.next()),
            created: HostClock.realTime(), resolution: resolution,
            program: "canlog " + CanlogVersion.current)
        let doubt = vin.flatMap { VINCheck.doubt(about: $0) }
        metadata.vin = vin
        metadata.vinIsDoubtful = doubt != nil
        metadata.station = station
        metadata.line = line
        metadata.operatorName = `operator`
        metadata.attempt = attempt
        metadata.host = hostName()
        metadata.tags = tag.map { text in
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return LogMetadata.Tag(key: String(parts[0]), value: String(parts[1]))
        }
        return (metadata, doubt)
    }

    private func hostName() -> String? {
        var name = [CChar](repeating: 0, count: 256)
        // The kernel writes at most the count it is given, which leaves the last 0 in place.
        guard unsafe gethostname(&name, name.count - 1) == 0 else { return nil }
        let end = name.firstIndex(of: 0) ?? 0
        return String(decoding: name[..<end].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

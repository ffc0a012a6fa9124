import ArgumentParser
import CANFrame
import Recording

/// How the logs of a recorder are named, when the next one begins, and when old ones are removed.
struct RotationOptions: ParsableArguments {
    @Option(
        help: .init(
            """
            How logs are named, of {vin} {attempt} {utc} {station} {line} {recorder} {host}; parts \
            joined by _, of which those with nothing known are left out.
            """, valueName: "pattern"))
    var names = LogNaming.standardPattern

    @Option(
        help: .init("Go on in a new log from this size on, as 200M.", valueName: "bytes"),
        transform: ByteCount.parse)
    var rotateSize: ByteCount?

    @Option(
        help: .init("Go on in a new log this often, as 1h.", valueName: "time"),
        transform: TimeSpan.parse)
    var rotateEvery: TimeSpan?

    @Option(
        help: .init(
            "Remove this recorder's oldest logs beyond this size, as 500G; never one that is kept.",
            valueName: "bytes"),
        transform: ByteCount.parse)
    var keepSize: ByteCount?

    @Option(
        help: .init(
            "Remove this recorder's logs older than this, as 400d; never one that is kept.",
            valueName: "time"),
        transform: TimeSpan.parse)
    var keepFor: TimeSpan?

    func validate() throws {
        do throws(StreamError) { _ = try LogNaming(folder: "", pattern: names) } catch {
            throw ValidationError(error.description)
        }
        if let size = rotateSize, size.bytes < 100_000 {
            throw ValidationError("--rotate-size is at least 100k")
        }
        if let time = rotateEvery, time.nanoseconds < 1_000_000_000 {
            throw ValidationError("--rotate-every is at least 1s")
        }
        if let time = keepFor, time.nanoseconds < 60_000_000_000 {
            throw ValidationError("--keep-for is at least 1min")
        }
    }

    /// Whether nothing was given.
    var isDefault: Bool {
        names == LogNaming.standardPattern && rotateSize == nil && rotateEvery == nil
            && keepSize == nil && keepFor == nil
    }

    /// Takes over what was given.
    func apply(to options: inout RecordingOptions) {
        options.rotation = Rotation(
            bytes: rotateSize?.bytes, interval: rotateEvery.map { .nanoseconds($0.nanoseconds) })
        options.retention = Retention(
            bytes: keepSize?.bytes, age: keepFor.map { .nanoseconds($0.nanoseconds) })
    }
}

import CANFrame
import LocalFiles
import LogFile
import LogTools
import TestBench
import Testing

@Suite(
    "real logs",
    .enabled(if: Requirement.data.shouldRun, "the real logs at CANLOG_TEST_DATA are not there"))
struct RealLogTests {
    /// The logs of the manifest whose text candump itself would have written, with their frames.
    static let logs: [(String, UInt64)] = [
        ("durango_mapswitch", 76_821), ("ralliart_drive", 80_269), ("comma2k19_toyota", 135_468),
        ("css_asammdfbasics", 150_411), ("css_94c49784", 84_730), ("css_3ba199e2", 340_369),
    ]

    static func source(_ name: String) -> String { "\(testDataFolder)/logs/\(name).log.zst" }

    @Test("come back from a .canlog byte for byte", arguments: logs)
    func byteForByte(name: String, frames: UInt64) throws {
        let folder = try TemporaryFolder()
        let (canlog, text) = (folder.path + "/a.canlog", folder.path + "/a.log")
        try convert(Self.source(name), to: canlog)
        let report = try LogReport(of: LogInput(path: canlog))
        #expect(report.frames == frames)
        #expect(report.losses.isEmpty)
        try convert(canlog, to: text)
        // zstd's own tool decompresses the original.
        let result = try Program.shell("cmp <(zstd -dc '\(Self.source(name))') '\(text)'")
        #expect(result.status == 0, "\(result.output)")
    }

    @Test("with unpadded seconds come back frame for frame")
    func frameForFrame() throws {
        let folder = try TemporaryFolder()
        let (canlog, text) = (folder.path + "/a.canlog", folder.path + "/a.log")
        let source = Self.source("kona_obd_elm327")
        try convert(source, to: canlog)
        try convert(canlog, to: text)
        // The six zeros are what candump's %010llu puts before 7254.
        let result = try Program.shell(
            "cmp <(zstd -dc '\(source)' | sed 's/^(/(000000/') '\(text)'")
        #expect(result.status == 0, "\(result.output)")
        #expect(try LogReport(of: LogInput(path: canlog)).frames == 1845)
    }
}

/// Converts one log; the suffixes tell the formats.
@discardableResult
func convert(
    _ source: String, to target: String, onFault policy: LogInputOptions = LogInputOptions(),
    resolution: Int64? = nil
) throws -> LogLosses {
    let metadata = LogMetadata(
        recording: try #require(RecordingID([UInt8](repeating: 7, count: 16))),
        created: Timestamp(nanoseconds: 0), program: "test")
    let format = try #require(LogFileFormat(suffixOf: target))
    var options = LogConversion.Options(format: format, metadata: metadata)
    options.resolution = resolution
    options.isReplacing = true
    let input = try LogInput(path: source, options: policy)
    var conversion = try LogConversion(of: input, to: target, options: options)
    while try conversion.step() {}
    return try conversion.finish()
}

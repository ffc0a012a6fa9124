import CANFrame
import Testing

@testable import LogFile

@Suite("a glance at a log")
struct LogGlanceTests {
    private static let log = Traffic.all[0]

    @Test("agrees with the reader on every kind of traffic", arguments: Traffic.all)
    func agrees(traffic: Traffic) throws {
        let bytes = try traffic.log()
        let glance = try LogGlance(of: MemoryBytes(bytes))
        let summary = try read(bytes).summary
        #expect(glance.end == .closed)
        #expect(glance.metadata == .sample)
        #expect(glance.frames == summary.frames)
        #expect(glance.first == summary.firstStamp)
        #expect(glance.last == summary.lastStamp)
        #expect(glance.interfaces == summary.channels.map(\.description.interface))
    }

    @Test("never takes a log that was cut off for a whole one")
    func cut() throws {
        let bytes = try Self.log.log()
        for count in 0..<bytes.count {
            let glance = try LogGlance(of: MemoryBytes(Array(bytes.prefix(count))))
            guard case .damaged = glance.end else {
                Issue.record("cut after \(count) bytes it says \(glance.end)")
                continue
            }
        }
    }

    @Test("finds each flipped bit of header, index and footer")
    func flipped() throws {
        let bytes = try Self.log.log()
        let end = LogFooter(bytes.span.extracting(last: LogFooter.size))
        let footer = try #require(end)
        let header = 0..<LogHeader.size(in: bytes.span) - LogHeader.sector
        for place in Array(header) + Array(Int(footer.indexOffset)..<bytes.count) {
            var flipped = bytes
            flipped[place] ^= 1 << (place % 8)
            // Reserved bytes of a block header, of the index and of the footer may have any value.
            guard case .closed = try LogGlance(of: MemoryBytes(flipped)).end else { continue }
            Issue.record("a bit of byte \(place) is flipped, and it is taken for whole")
        }
    }
}

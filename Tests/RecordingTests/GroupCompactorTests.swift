import CANFrame
import LogFile
import TestBench
import Testing

@testable import Recording

@Suite("GroupCompactor")
struct GroupCompactorTests {
    @Test("a log of no group is whole")
    func empty() throws {
        let folder = try TemporaryFolder()
        var compactor = try GroupCompactor(
            path: folder.path + "/a.canlog",
            metadata: LogMetadata(
                recording: RecordingID(random: 1, 2), created: Timestamp(nanoseconds: 0),
                resolution: 1_000, program: "test"))
        try compactor.appendLoss(of: 3, at: Timestamp(nanoseconds: 5_000), firstFrameNumber: 0)
        try compactor.finish()
    }
}

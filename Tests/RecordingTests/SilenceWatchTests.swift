import Testing

@testable import Recording

@Suite("SilenceWatch")
struct SilenceWatchTests {
    @Test("a silent channel is told once, and once that it has frames again")
    func toldOnce() {
        var watch = SilenceWatch(limit: 2_000)
        watch.expect(0, at: 0)
        watch.expect(1, at: 0)
        #expect(watch.check(at: 1_999) == [])
        #expect(watch.heard(1, at: 1_999) == nil)
        #expect(watch.check(at: 2_000) == [.silent(channel: 0, nanoseconds: 2_000)])
        #expect(watch.check(at: 3_000) == [])
        #expect(watch.heard(0, at: 3_500) == .soundAgain(channel: 0))
        #expect(watch.heard(0, at: 3_600) == nil)
        #expect(watch.check(at: 3_999) == [.silent(channel: 1, nanoseconds: 2_000)])
    }
}

import CANFrame
import Testing

@Suite("UTCTime")
struct UTCTimeTests {
    // Expected: `date -u -d @SECONDS +%FT%TZ` of GNU coreutils.
    @Test(
        "a moment is the date that date(1) prints, and reads back",
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"), (1_700_000_000, "2023-11-14T22:13:20Z"),
            (4_107_542_399, "2100-02-28T23:59:59Z"), (4_107_542_400, "2100-03-01T00:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"), (-2_203_891_200, "1900-03-01T00:00:00Z"),
        ])
    func dates(seconds: Int64, text: String) {
        let moment = Timestamp(nanoseconds: seconds * 1_000_000_000)
        #expect(UTCTime(moment).text(fractionDigits: 0) == text)
        #expect(UTCTime(text)?.timestamp == moment)
    }

    @Test("the digits of the second are cut, never rounded up")
    func fraction() {
        let time = UTCTime(Timestamp(nanoseconds: 1_700_000_000_999_999_999))
        #expect(time.text(fractionDigits: 6) == "2023-11-14T22:13:20.999999Z")
        #expect(UTCTime("2023-11-14 22:13:20.5")?.nanosecond == 500_000_000)
        #expect(time.compactText == "20231114T221320Z")
    }

    // Expected: `date -u -d @-9223372037 +%FT%TZ`, and 2^63 ns = 9,223,372,036.854775808 s.
    @Test("the least stamps are dates too")
    func least() {
        let time = UTCTime(Timestamp(nanoseconds: .min))
        #expect(time.text(fractionDigits: 9) == "1677-09-21T00:12:43.145224192Z")
        let next = UTCTime(Timestamp(nanoseconds: .min + 145_224_192))
        #expect(next.text(fractionDigits: 9) == "1677-09-21T00:12:43.290448384Z")
    }

    /// Expected by `date -u -d TEXT +%s`, GNU coreutils 9.1.
    @Test(
        "a time is UTC unless it says how far it is from there",
        arguments: [
            ("2026-11-22T10:00", 1_795_341_600), ("2026-11-22T10:00:00Z", 1_795_341_600),
            ("2026-11-22T10:00+02:00", 1_795_334_400),
            ("2026-11-22 10:00:00-0530", 1_795_361_400),
            ("2026-11-22T00:30:00.5+01", 1_795_303_800), ("1970-01-01T00:00:00+23:59", -86_340),
        ] as [(String, Int64)])
    func zones(text: String, seconds: Int64) throws {
        let moment = try #require(UTCTime(text)?.timestamp)
        #expect(moment.nanoseconds / 1_000_000_000 == seconds)
    }

    @Test(
        "what is not a date is refused",
        arguments: [
            "", "2023-02-29T00:00:00Z", "2023-13-01T00:00:00Z", "2023-11-14",
            "2023-11-14T24:00:00Z",
            "2023-11-14T22:13:20.Z", "2023-11-14T22:13:20.0000000001Z", "now",
            "2023-11-14T22:13:20+", "2023-11-14T22:13:20+1", "2023-11-14T22:13:20+24:00",
            "2023-11-14T22:13:20+01:60", "2023-11-14T22:13:20+01:000", "2023-11-14T22:13:20+01Z+",
            "2023-11-14T22", "2023-11-14T22:13:", "2023-11-14+02:00", "2262-01-01T00:00:00-10",
        ])
    func refused(text: String) {
        #expect(UTCTime(text) == nil)
    }
}

import SignalDatabase
import Testing

@Suite("what protects a message") struct MessageProtectionTests {
    private func database(_ signals: String, _ attributes: String = "") -> Database {
        let text = """
            VERSION ""
            BU_: ECM
            BO_ 256 Engine: 8 ECM
            \(signals)
            BA_DEF_ BO_ "ChecksumAlgorithm" STRING ;
            BA_DEF_ BO_ "ChecksumDataID" STRING ;
            BA_DEF_ BO_ "ChecksumDataIDMode" STRING ;
            BA_DEF_ SG_ "SignalRole" ENUM "none","counter","checksum";
            BA_DEF_DEF_ "ChecksumAlgorithm" "";
            BA_DEF_DEF_ "ChecksumDataID" "";
            BA_DEF_DEF_ "ChecksumDataIDMode" "";
            BA_DEF_DEF_ "SignalRole" "none";
            \(attributes)
            """
        return Database(dbc: Array(text.utf8).span)
    }

    private func protection(_ signals: String, _ attributes: String = "") -> MessageProtection {
        let database = database(signals, attributes)
        return MessageProtection(of: database.messages[0], in: database)
    }

    @Test(
        "names of counters",
        arguments: [
            ("Alive", 4, true), ("ESC_AliveCounter", 4, true), ("MsgCnt", 8, true),
            ("MessageCounter", 8, true), ("RollingCounter", 2, true), ("COUNTER", 4, true),
            ("Cnt", 4, true), ("Engine_Msg_Ctr", 8, true), ("Alive01", 4, true),
        ])
    func counters(name: String, length: Int, isCertain: Bool) {
        let found = protection(" SG_ \(name) : 48|\(length)@1+ (1,0) [0|0] \"\" ECM")
        #expect(found.counter == 0)
        #expect(found.isCounterCertain == isCertain)
        #expect(found.counterValues == 1 << UInt64(length))
    }

    @Test(
        "names of what counts something else",
        arguments: [
            "TripCounter", "ErrorCount", "DriveCycleCnt", "Counterweight", "Country", "AliveNodes",
            "Speed",
        ])
    func others(name: String) {
        #expect(protection(" SG_ \(name) : 48|8@1+ (1,0) [0|0] \"\" ECM").counter == nil)
    }

    @Test func aLongCounterWithoutMoreThanItsNameIsNotCertain() {
        let found = protection(" SG_ Counter : 48|8@1+ (1,0) [0|0] \"\" ECM")
        #expect(found.counter == 0)
        #expect(!found.isCounterCertain)
    }

    @Test func aScaledSignalCountsNothing() {
        #expect(protection(" SG_ Alive : 48|8@1+ (0.5,0) [0|0] \"\" ECM").counter == nil)
    }

    @Test func limitsSayWhereACounterBeginsAgain() {
        let found = protection(" SG_ Alive : 48|4@1+ (1,0) [0|14] \"\" ECM")
        #expect(found.counterValues == 15)
    }

    @Test(
        "attributes name counters of any length",
        arguments: [(1, 2), (64, 0)] as [(Int, UInt64)])
    func attributes(length: Int, values: UInt64) {
        let found = protection(
            " SG_ X : 0|\(length)@1+ (1,0) [0|0] \"\" ECM", "BA_ \"SignalRole\" SG_ 256 X 1;")
        #expect(found.counter == 0)
        #expect(found.isCounterCertain)
        #expect(found.counterValues == values)
    }

    @Test func anAttributeTakesAwayWhatANameSays() {
        let found = protection(
            " SG_ Alive : 0|4@1+ (1,0) [0|0] \"\" ECM", "BA_ \"SignalRole\" SG_ 256 Alive 0;")
        #expect(found.counter == nil)
    }

    @Test func aChecksumWithoutAnAlgorithmIsFoundAndNotComputed() {
        let found = protection(" SG_ CRC : 56|8@1+ (1,0) [0|255] \"\" ECM")
        #expect(found.checksumSignal == 0)
        #expect(found.checksumByte == 7)
        #expect(found.checksum == nil)
    }

    @Test func profile1WithItsDataID() {
        let found = protection(
            """
             SG_ CheckSum : 0|8@1+ (1,0) [0|255] "" ECM
             SG_ Alive : 8|4@1+ (1,0) [0|15] "" ECM
            """,
            """
            BA_ "ChecksumAlgorithm" BO_ 256 "e2e-profile-1";
            BA_ "ChecksumDataID" BO_ 256 "0123";
            BA_ "ChecksumDataIDMode" BO_ 256 "nibble";
            """)
        #expect(found.checksum?.algorithm == .e2eProfile1)
        #expect(found.checksum?.dataID == 0x123)
        #expect(found.checksum?.dataIDMode == .nibble)
        #expect(found.counter == 1)
        #expect(found.counterValues == 15)
    }

    @Test func profile2NeedsAllItsDataIDs() {
        let signal = " SG_ CRC : 0|8@1+ (1,0) [0|255] \"\" ECM"
        let algorithm = "BA_ \"ChecksumAlgorithm\" BO_ 256 \"e2e-profile-2\";\n"
        let some = protection(signal, algorithm + "BA_ \"ChecksumDataID\" BO_ 256 \"01 02\";")
        #expect(some.checksum == nil)
        let all = protection(
            signal,
            algorithm + "BA_ \"ChecksumDataID\" BO_ 256 "
                + "\"00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F\";")
        #expect(all.checksum?.dataIDs == Array(0...15))
    }

    @Test func profile5Has16Bits() {
        let attribute = "BA_ \"ChecksumAlgorithm\" BO_ 256 \"e2e-profile-5\";"
        let two = protection(" SG_ CRC : 0|16@1+ (1,0) [0|65535] \"\" ECM", attribute)
        #expect(two.checksumSignal == 0)
        let one = protection(" SG_ CRC : 0|8@1+ (1,0) [0|255] \"\" ECM", attribute)
        #expect(one.checksumSignal == nil)
    }

    @Test(
        "labels that say that there is no value",
        arguments: [
            ("invalid", .notAvailable), ("Signal not available", .notAvailable),
            ("SNA", .notAvailable), ("Reserved", .reserved), ("not defined", .reserved),
            ("available", nil), ("Fault", nil), ("Off", nil), ("not installed", nil),
        ] as [(String, ValueAbsence?)])
    func labels(text: String, absence: ValueAbsence?) {
        #expect(ValueLabel(raw: 3, text: text).absence == absence)
    }
}

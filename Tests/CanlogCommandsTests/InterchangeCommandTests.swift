import LocalFiles
import LogTools
import TestBench
import Testing

/// `canlog convert` from any format to any, beside the programs that the formats come from.
@Suite("canlog convert between formats")
struct InterchangeCommandTests {
    /// Each kind of frame, as candump writes it.
    static let text = """
        (1700000000.123456) can0 123#DEADBEEF R
        (1700000000.123457) can6 1F334455#112233445566 T
        (1700000000.223456) can0 123#R5 R
        (1700000000.323456) can0 1F334455#R R
        (1700000000.423456) can0 123##7112233445566778899AABBCC T
        (1700000000.523456) can0 1F334455##6 R
        (1700000000.623456) can0 20000088#0000000000000000 R
        (1700000000.723456) can0 123#1122334455667788_C R
        (1700000000.823456) can0 123##4 R

        """
    /// The formats that hold all of it but what is named here.
    static let formats: [LogFileFormat] = [.canlog, .pcapng, .blf, .asc, .trc, .mdf]

    @Test("all kinds of frames come back", arguments: formats)
    func kinds(format: LogFileFormat) throws {
        let workshop = try Workshop(["in.log": Self.text])
        let made = try workshop.run("canlog convert in.log there.\(format.suffix)")
        #expect(made.errors == "" && made.status == 0)
        let back = try workshop.run("canlog dump -x there.\(format.suffix)")
        #expect(back.output == Self.text)
        #expect(back.errors == "" && back.status == 0)
    }

    @Test(
        "real logs come back byte for byte", arguments: formats + [.csv], RealLog.names)
    func real(format: LogFileFormat, name: String) throws {
        guard Requirement.data.shouldRun else { return }
        let workshop = try Workshop([:])
        let log = "\(testDataFolder)/logs/\(name).log.zst"
        let result = try workshop.run(
            """
            canlog convert '\(log)' there.\(format.suffix) && canlog dump there.\(format.suffix) > back
            cmp <(canlog dump '\(log)') back
            """)
        #expect(result.status == 0 && result.output == "", "\(result.errors)")
    }

    @Test("what a format has no place for is told in one line")
    func lost() throws {
        let workshop = try Workshop(["in.log": Self.text])
        let result = try workshop.run(
            "canlog convert in.log there.csv; echo $?; canlog dump there.csv | wc -l")
        #expect(
            result.errors
                == "canlog: there.csv: csv has no place for 3 frames, the CAN FD bits of 3 frames, the DLC of 1 frame\n"
        )
        #expect(result.output == "3\n6\n")
    }

    @Test("a measurement goes down a pipe and comes from one")
    func pipes() throws {
        let workshop = try Workshop(["in.log": Self.text])
        let result = try workshop.run(
            "canlog convert - - --to-format mdf < in.log | canlog dump -x - | cmp - in.log")
        #expect(result.status == 0 && result.output == "", "\(result.errors)")
    }

    @Test("text keeps directions where its source has them, and tells where it does not")
    func directions() throws {
        let workshop = try Workshop(["in.log": Self.text])
        for format in Self.formats {
            let result = try workshop.run(
                "canlog convert in.log a.\(format.suffix) --force && canlog convert a.\(format.suffix) b.log --force"
            )
            #expect(result.errors == "" && result.status == 0)
            #expect(try workshop.run("cmp in.log b.log").status == 0, "\(format)")
        }
        // A recording has them too, and is written as candump -L prints.
        let result = try workshop.run(
            """
            canlog convert in.log a.blf --force && canlog convert a.blf c.canlog --resolution 1us
            canlog convert c.canlog - --to-format candump | cmp - <(sed 's/ [RT]$//' in.log)
            canlog convert c.canlog - --to-format candump -x 2> errors | cmp - in.log; cat errors
            """)
        #expect(
            result.errors
                == "canlog: standard output: candump has no place for the direction of 2 frames; --direction keeps who sent a frame\n"
        )
        #expect(result.output == "" && result.status == 0)
    }

    @Test("--strict writes nothing where something would be lost")
    func strict() throws {
        let workshop = try Workshop(["in.log": Self.text])
        let result = try workshop.run(
            "canlog convert in.log a.canlog --vin WVWZZZ1JZXW000001 && canlog convert a.canlog b.log --strict"
        )
        #expect(result.status == 2)
        #expect(
            result.errors
                == "canlog: b.log: candump cannot hold what the log says of itself; without --strict all else is written; a .canlog holds all\n"
        )
        #expect(try workshop.names == ["a.canlog", "in.log"])
    }

    @Test(
        "Wireshark reads our captures, and we read its",
        .enabled(if: Wireshark.shouldRun, "needs tshark: run Tools/setup"))
    func wireshark() throws {
        let workshop = try Workshop(["in.log": Self.text])
        let result = try workshop.run(
            """
            canlog convert in.log a.pcapng
            tshark -r a.pcapng -t e -T fields -e frame.time_epoch -e frame.interface_name -e frame.packet_flags_direction -e can.id -e can.flags.xtd -e can.flags.rtr -e can.flags.err -e can.len -e canfd.flags.brs -e canfd.flags.esi -e data.data 2> /dev/null
            """)
        #expect(
            result.output == """
                1700000000.123456000\tcan0\t0x00000001\t291\t0\t0\t0\t4\t\t\tdeadbeef
                1700000000.123457000\tcan6\t0x00000002\t523453525\t1\t0\t0\t6\t\t\t112233445566
                1700000000.223456000\tcan0\t0x00000001\t291\t0\t1\t0\t5\t\t\t
                1700000000.323456000\tcan0\t0x00000001\t523453525\t1\t1\t0\t0\t\t\t
                1700000000.423456000\tcan0\t0x00000002\t291\t0\t\t\t12\t1\t1\t112233445566778899aabbcc
                1700000000.523456000\tcan0\t0x00000001\t523453525\t1\t\t\t0\t0\t1\t
                1700000000.623456000\tcan0\t0x00000001\t\t\t\t1\t8\t\t\t
                1700000000.723456000\tcan0\t0x00000001\t291\t0\t0\t0\t8\t\t\t1122334455667788
                1700000000.823456000\tcan0\t0x00000001\t291\t0\t\t\t0\t0\t0\t

                """)
        let back = try workshop.run(
            """
            tshark -r a.pcapng -w b.pcapng 2> /dev/null; canlog dump -x b.pcapng
            sed -i 's/can6/can0/; s/ [RT]$//' in.log
            for kind in pcap nsecpcap; do
              tshark -r a.pcapng -F $kind -w $kind.pcap 2> /dev/null; canlog dump $kind.pcap | cmp - in.log
            done
            """)
        #expect(back.output == Self.text, "\(back.errors)")
    }
}

/// Real logs; all of them go through each format in the tests of the formats.
enum RealLog {
    static let names = ["css_94c49784", "kona_obd_elm327"]
}

/// Wireshark without a window.
enum Wireshark {
    static let shouldRun =
        Requirement.peers.isRequired || (try? Program.run("tshark", "-v").status == 0) == true
}

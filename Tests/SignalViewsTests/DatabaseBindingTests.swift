import CANFrame
import SignalDatabase
import SignalViews
import TestBench
import Testing

@Suite("Databases bound to interfaces")
struct DatabaseBindingTests {
    @Test(
        "are read as [interface=]file",
        arguments: [
            ("car.dbc", nil, "car.dbc"),
            ("can1=truck.dbc", "can1", "truck.dbc"),
            ("can1=a=b.dbc", "can1", "a=b.dbc"),
            ("./a=b.dbc", nil, "./a=b.dbc"),
            ("/data/x=1/car.dbc", nil, "/data/x=1/car.dbc"),
            ("=car.dbc", nil, "=car.dbc"),
        ] as [(String, String?, String)])
    func parsing(text: String, interface: String?, path: String) {
        #expect(DatabaseBinding(text) == DatabaseBinding(interface: interface, path: path))
    }

    @Test("are none without a file", arguments: ["", "can1="])
    func nothing(text: String) {
        #expect(DatabaseBinding(text) == nil)
    }

    @Test("an interface has its own database, the others the one for all; each is loaded once")
    func binding() throws {
        let files = try Files([
            "car.dbc": oneMessage("Car", 0x100), "truck.dbc": oneMessage("Truck", 0x200),
        ])
        let databases = try BoundDatabases([
            DatabaseBinding(path: files.path("car.dbc")),
            DatabaseBinding(interface: "can1", path: files.path("truck.dbc")),
            DatabaseBinding(interface: "can2", path: files.path("truck.dbc")),
        ])
        #expect(
            databases.databases.map { $0.database.messages.map(\.name) } == [["Car"], ["Truck"]])
        #expect(databases.index(forInterface: "can0") == 0)
        #expect(databases.index(forInterface: "can1") == 1)
        #expect(databases.index(forInterface: "can2") == 1)
        let one = try BoundDatabases([
            DatabaseBinding(interface: "can1", path: files.path("truck.dbc"))
        ])
        #expect(one.index(forInterface: "can0") == nil)
    }

    @Test("what cannot be loaded is told with what to do")
    func faults() throws {
        let files = try Files([
            "car.dbc": oneMessage("Car", 0x100), "truck.dbc": oneMessage("Truck", 0x200),
            "notes.txt": "no database\n",
        ])
        let twice = [
            DatabaseBinding(path: files.path("car.dbc")),
            DatabaseBinding(path: files.path("truck.dbc")),
        ]
        #expect(fault(twice)?.cause.contains("has \(files.path("car.dbc")) already") == true)
        #expect(fault([DatabaseBinding(path: files.folder.path)])?.cause == "this is a folder")
        #expect(
            fault([DatabaseBinding(path: files.path("none.dbc"))])?.cause == "there is no such file"
        )
        #expect(
            fault([DatabaseBinding(path: files.path("notes.txt"))])?.cause.contains("no message")
                == true)
    }

    private func fault(_ bindings: [DatabaseBinding]) -> StreamError? {
        do throws(StreamError) {
            _ = try BoundDatabases(bindings)
            return nil
        } catch { return error }
    }
}

@Suite("Patterns of signals")
struct SignalPatternTests {
    static let text = """
        BO_ 256 ECM_Temps: 8 ECM
         SG_ CoolantTemp : 0|8@1+ (1,-40) [0|0] "degC" X
         SG_ OilTemp : 8|8@1+ (1,-40) [0|0] "degC" X
        BO_ 512 TCM: 8 TCM
         SG_ OilTemp : 0|8@1+ (1,0) [0|0] "" X
        """

    @Test(
        "find message.signal, and signal alone in every message",
        arguments: [
            ("ECM_Temps.OilTemp", ["ECM_Temps.OilTemp"]),
            ("OilTemp", ["ECM_Temps.OilTemp", "TCM.OilTemp"]),
            ("ECM_*.Cool*", ["ECM_Temps.CoolantTemp"]),
            ("T?M.*", ["TCM.OilTemp"]),
            ("*Temp", ["ECM_Temps.CoolantTemp", "ECM_Temps.OilTemp", "TCM.OilTemp"]),
            ("*.*a*t*e*", ["ECM_Temps.CoolantTemp"]),
            ("can0:TCM.OilTemp", ["TCM.OilTemp"]),
            ("can1:TCM.OilTemp", []),
            ("can?:TCM.OilTemp", ["TCM.OilTemp"]),
            ("TCM.OilTemp @03", []),
        ])
    func matching(text: String, expected: [String]) throws {
        let files = try Files(["car.dbc": Self.text])
        let databases = try BoundDatabases([DatabaseBinding(path: files.path("car.dbc"))])
        let selection = try SignalSelection([#require(SignalPattern(text))], in: databases)
        let found = databases.databases[0].database.messages.flatMap { message in
            selection.places(of: message, interface: "can0", sourceAddress: nil)
                .map { "\(message.name).\(message.signals[$0].name)" }
        }
        #expect(found == expected)
    }

    @Test("are none without a signal or with a bad address", arguments: ["", "ECM.", "a.b@xyz"])
    func faulty(text: String) {
        #expect(SignalPattern(text) == nil)
    }

    @Test(
        "that stand for nothing say which names come near",
        arguments: [
            ("ECM_Temps.CoolantTmp", ["ECM_Temps.CoolantTemp"]),
            ("coolanttemp", ["CoolantTemp"]),
            ("TCM.CoolantTemp", ["ECM_Temps.CoolantTemp"]),
            ("Zzz", []),
        ])
    func nearNames(text: String, expected: [String]) throws {
        let files = try Files(["car.dbc": Self.text])
        let databases = try BoundDatabases([DatabaseBinding(path: files.path("car.dbc"))])
        let pattern = try #require(SignalPattern(text))
        #expect {
            _ = try SignalSelection([pattern], in: databases)
        } throws: { error in
            let unknown = error as? SignalSelection.UnknownSignal
            guard !expected.isEmpty else { return unknown?.near == [] }
            return unknown?.near.contains(expected[0]) == true
        }
    }

    @Test("select the frames that can carry the signals; of J1939 all extended ones")
    func frames() throws {
        let files = try Files([
            "car.dbc": Self.text,
            "truck.dbc": """
            BO_ 2364540158 EEC1: 8 ECM
             SG_ EngineSpeed : 24|16@1+ (0.125,0) [0|0] "rpm" X
            BA_DEF_ BO_ "VFrameFormat" ENUM "StandardCAN","ExtendedCAN","reserved","J1939PG";
            BA_ "VFrameFormat" BO_ 2364540158 3;
            """,
        ])
        let databases = try BoundDatabases([
            DatabaseBinding(path: files.path("car.dbc")),
            DatabaseBinding(interface: "can1", path: files.path("truck.dbc")),
        ])
        let oil = try SignalSelection([#require(SignalPattern("OilTemp"))], in: databases)
        #expect(
            Set(oil.framePatterns(in: databases)) == [
                .identifiers(0x100...0x100, isExtended: false),
                .identifiers(0x200...0x200, isExtended: false),
            ])
        let speed = try SignalSelection([#require(SignalPattern("EngineSpeed"))], in: databases)
        #expect(
            speed.framePatterns(in: databases) == [.identifiers(0...0x1FFF_FFFF, isExtended: true)])
        #expect(try SignalSelection([], in: databases).framePatterns(in: databases) == [])
    }

    @Test(
        "with many stars take no longer than the product of both lengths", .timeLimit(.minutes(1)))
    func hostilePattern() throws {
        let name = String(repeating: "a", count: 20_000)
        let files = try Files([
            "car.dbc": "BO_ 256 M: 8 X\n SG_ \(name) : 0|8@1+ (1,0) [0|0] \"\" X\n"
        ])
        let databases = try BoundDatabases([DatabaseBinding(path: files.path("car.dbc"))])
        let pattern = try #require(
            SignalPattern("M." + String(repeating: "a*", count: 100) + "b"))
        #expect(throws: SignalSelection.UnknownSignal.self) {
            _ = try SignalSelection([pattern], in: databases)
        }
    }
}

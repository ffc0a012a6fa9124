import CANFrame
import LocalFiles
import SignalViews
import TestBench
import Testing

/// A folder with files of given content.
struct Files {
    let folder: TemporaryFolder

    init(_ files: [String: String]) throws {
        folder = try TemporaryFolder()
        for (name, text) in files {
            var file = try WritableFile(creating: path(name))
            let bytes = Array(text.utf8)
            try file.append(bytes.span)
        }
    }

    func path(_ name: String) -> String { folder.path + "/" + name }
}

/// A database with one message of one signal.
func oneMessage(_ name: String, _ number: UInt32) -> String {
    "BO_ \(number) \(name): 8 X\n SG_ Level : 0|8@1+ (1,0) [0|0] \"\" X\n"
}

@Suite("The project's file")
struct ProjectFileTests {
    @Test(
        "names databases in the form that comes to mind",
        arguments: [
            ("databases: car.dbc", [DatabaseBinding(path: "/d/car.dbc")]),
            ("databases: [car.dbc]", [DatabaseBinding(path: "/d/car.dbc")]),
            ("databases: /x/car.dbc", [DatabaseBinding(path: "/x/car.dbc")]),
            (
                "databases: [car.dbc, can1=truck.dbc]",
                [
                    DatabaseBinding(path: "/d/car.dbc"),
                    DatabaseBinding(interface: "can1", path: "/d/truck.dbc"),
                ]
            ),
            (
                "databases:\n  - car.dbc\n  - interface: can1\n    file: truck.dbc",
                [
                    DatabaseBinding(path: "/d/car.dbc"),
                    DatabaseBinding(interface: "can1", path: "/d/truck.dbc"),
                ]
            ),
            ("databases: {file: car.dbc}", [DatabaseBinding(path: "/d/car.dbc")]),
            ("databases: []", []),
            ("# nothing", []),
        ])
    func reading(text: String, expected: [DatabaseBinding]) throws {
        #expect(try ProjectFile(Array(text.utf8), path: "/d/.canlog.yaml").bindings == expected)
    }

    @Test(
        "tells a mistake with its line, the key and what to do",
        arguments: [
            ("car.dbc", "/d/.canlog.yaml:1: this is a single value; write 'databases: car.dbc'"),
            (
                "\ndatabase: car.dbc",
                "/d/.canlog.yaml:2: database: there is no such key; the key is 'databases'"
            ),
            (
                "databases:\n",
                "/d/.canlog.yaml:1: databases: a database file is wanted, and this is empty; "
                    + "write 'databases: car.dbc'"
            ),
            (
                "databases:\n  - file: a.dbc\n    bus: can0",
                "/d/.canlog.yaml:3: bus: there is no such key; "
                    + "the keys of a database are 'file' and 'interface'"
            ),
            (
                "databases:\n  - interface: can0",
                "/d/.canlog.yaml:2: databases: no file is named; write 'file: car.dbc'"
            ),
            (
                "databases:\n  - a.dbc\n  - b.dbc",
                "/d/.canlog.yaml:3: databases: all interfaces has a database already; "
                    + "write '- interface: can1' above 'file: b.dbc'"
            ),
            (
                "databases:\n\t- a.dbc",
                "/d/.canlog.yaml:2: the line is indented by a tab, which YAML does not know; "
                    + "indent it by blanks"
            ),
        ])
    func mistakes(text: String, expected: String) {
        #expect {
            _ = try ProjectFile(Array(text.utf8), path: "/d/.canlog.yaml")
        } throws: { error in
            (error as? StreamError)?.description == expected
        }
    }

    @Test("is found from a folder upwards, and comes back as it was written")
    func finding() throws {
        let files = try Files(["car.dbc": "", "truck 1=ü\".dbc": ""])
        let below = files.path("logs")
        #expect(try Program.run("mkdir", "-p", below + "/day1").status == 0)
        let bindings = [
            DatabaseBinding(path: files.path("car.dbc")),
            DatabaseBinding(interface: "can1", path: files.path("truck 1=ü\".dbc")),
        ]
        let path = try ProjectFile.write(bindings, in: below)
        let found = try #require(try ProjectFile.find(from: below + "/day1"))
        #expect(found.path == path)
        #expect(found.bindings.map(\.interface) == [nil, "can1"])
        #expect(
            found.bindings.map { Folder.resolved($0.path) }
                == bindings.map { Folder.resolved($0.path) })
    }
}

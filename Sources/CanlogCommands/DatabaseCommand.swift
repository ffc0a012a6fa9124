import ArgumentParser
import CANFrame
import LocalFiles
import SignalDatabase
import SignalViews

/// `canlog db`
struct DatabaseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "db",
        abstract: "Look into signal databases (DBC): what is in them, what is wrong, what changed.",
        subcommands: [
            DatabaseCheckCommand.self, DatabaseListCommand.self, DatabaseShowCommand.self,
            DatabaseDiffCommand.self,
        ])
}

/// How database files are read.
struct DatabaseReadingOptions: ParsableArguments {
    @Option(
        help: .init(
            "How the texts are written, as iconv knows it: gb2312, shift-jis, cp1251, latin1, …; "
                + "found out from the bytes unless given.", valueName: "name"))
    var encoding: DatabaseEncoding?

    func read(_ path: String) throws(StreamError) -> Database {
        try DatabaseFile.read(path, encoding: encoding?.encoding ?? .automatic)
    }
}

/// The name of an encoding on the command line.
struct DatabaseEncoding: ExpressibleByArgument {
    let encoding: TextEncoding

    init?(argument: String) {
        guard let encoding = TextEncoding(named: argument) else { return nil }
        self.encoding = encoding
    }
}

extension TextEncoding {
    /// The name for people.
    var shownName: String { name.isEmpty ? "UTF-8" : name }
}

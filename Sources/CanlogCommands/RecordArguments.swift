import ArgumentParser
import CANFrame
import LocalFiles

/// The arguments of the process; for `canlog record`, with those of the station's file behind them.
struct RecordArguments {
    private let given: [String]
    private let file: StationFile?
    /// What of the file the command line leaves to it.
    private let settings: [StationFile.Setting]

    /// Reads the station's file where `arguments` are those of `canlog record` and either name one
    /// or name no interface; what they say themselves wins over the file.
    init(
        _ arguments: [String], standardPath: String = StationFile.standardPath
    ) throws(StreamError) {
        guard arguments.first == "record" else {
            (given, file, settings) = (arguments, nil, [])
            return
        }
        var words = arguments
        let said = GivenArguments(
            Array(words.dropFirst()), DeclaredOptions(of: RecordCommand.self, without: []))
        var path = said.values["config"]
        if path == nil, !said.hasPositional, Folder.exists(standardPath) {
            path = standardPath
            words.insert("--config=\(standardPath)", at: 1)
        }
        guard let path, !said.isQuestion else {
            (given, file, settings) = (arguments, nil, [])
            return
        }
        let file = try StationFile(path: path)
        settings = file.settings.filter { setting in
            setting.key == StationFile.interfacesKey
                ? !said.hasPositional : !said.options.contains(setting.key)
        }
        guard said.hasPositional || settings.contains(where: \.isInterfaces) else {
            throw StreamError(
                place: path, cause: "it names no interfaces",
                remedy: "write 'interfaces: [can0, can1]', or 'any' for all")
        }
        self.file = file
        given = words
    }

    /// The command that they ask for.
    func parse() throws -> any ParsableCommand {
        guard let file else { return try CanlogCommand.parseAsRoot(given) }
        let added = settings.flatMap(\.arguments)
        do {
            return try CanlogCommand.parseAsRoot(["record"] + added + given.dropFirst())
        } catch {
            throw file.mistake(among: settings) ?? error
        }
    }
}

extension StationFile {
    /// The command that the file alone asks for.
    func command() throws -> RecordCommand {
        do { return try RecordCommand.parse(settings.flatMap(\.arguments)) } catch {
            throw mistake(among: settings) ?? error
        }
    }

    /// Which of `settings` is wrong; `nil` where they are right without the command line.
    fileprivate func mistake(among settings: [Setting]) -> StreamError? {
        guard let failure = Self.failure(of: settings) else { return nil }
        // The one without which the others are right, or else the first that is wrong on its own.
        let wrong =
            settings.indices.first { index in
                var others = settings
                others.remove(at: index)
                return Self.failure(of: others) == nil
            } ?? settings.indices.first { Self.failure(of: [settings[$0]]) != nil }
        guard let wrong else { return StreamError(place: path, cause: failure) }
        let setting = settings[wrong]
        return StreamError(
            place: "\(path):\(setting.line): \(setting.key)",
            cause: Self.failure(of: [setting]) ?? failure)
    }

    /// Why `canlog record` does not take these, if it does not.
    private static func failure(of settings: [Setting]) -> String? {
        let interfaces = settings.contains(where: \.isInterfaces) ? [] : ["can0"]
        do {
            _ = try RecordCommand.parse(settings.flatMap(\.arguments) + interfaces)
            return nil
        } catch {
            return RecordCommand.message(for: error)
        }
    }
}

extension StationFile.Setting {
    fileprivate var isInterfaces: Bool { key == StationFile.interfacesKey }
}

import CANFrame
import LocalFiles
import YAMLText

/// The text of a YAML file that a person wrote.
enum ConfigurationText {
    /// Reads the file at `path`, or standard input where that is `-`, one byte more than is understood at
    /// most; `remedy` says what to do where there is none.
    static func read(_ path: String, otherwise remedy: String) throws(StreamError) -> [UInt8] {
        if path == "-" {
            var input = try streaming { () throws(SystemError) in
                try StreamedFile.standardInput()
            }
            return try input.peek(YAMLLimits().bytes + 1)
        }
        guard let kind = Folder.kind(of: path) else {
            throw StreamError(place: path, cause: "there is no such file", remedy: remedy)
        }
        guard kind == .file else { throw StreamError(place: path, cause: "this is no file") }
        let file = try streaming { () throws(SystemError) in try ReadableFile(path: path) }
        return try file.bytes(at: 0, count: YAMLLimits().bytes + 1)
    }
}

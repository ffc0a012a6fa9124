import YAMLText

/// A place in the files of a folder of specs.
public struct SpecPlace: Sendable, Hashable {
    /// The path of the file below the folder.
    public var file: String
    /// From 1.
    public var line: Int
    public var column: Int

    public init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }

    init(_ place: YAMLPlace, in file: String) {
        self.init(file: file, line: place.line, column: place.column)
    }
}

extension SpecPlace: CustomStringConvertible {
    /// `ecus/ecm/vireo-m3.yaml:12:5`
    public var description: String { "\(file):\(line):\(column)" }
}

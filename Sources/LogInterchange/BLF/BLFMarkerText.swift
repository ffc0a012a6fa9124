/// The words in a marker or a comment.
enum BLFMarkerText {
    /// A longer text is not written, in bytes.
    static let longest = 32 * 1024

    /// `GlobalMarker`: three lengths at 16, 20 and 24, the texts from 40 on.
    private static let markerFields = 40
    /// `EventComment`: its length at 4, the text from 16 on.
    private static let commentFields = 16

    /// The text of the object whose own fields are `fields`; `nil` if they do not hold it.
    static func read(_ fields: Span<UInt8>, type: UInt32) -> String? {
        if type == BLFObjectType.eventComment {
            guard fields.count >= commentFields else { return nil }
            var start = commentFields
            return text(fields, from: &start, count: number(fields, at: 4))
        }
        guard fields.count >= markerFields else { return nil }
        var start = markerFields
        guard let group = text(fields, from: &start, count: number(fields, at: 16)),
            let name = text(fields, from: &start, count: number(fields, at: 20)),
            let description = text(fields, from: &start, count: number(fields, at: 24))
        else { return nil }
        // So does python-can's log_event: the group is the text, the name the program.
        if description == "Added by \(name)" { return group }
        return [group, name, description].filter { !$0.isEmpty }.joined(separator: ": ")
    }

    /// The object's own fields of a marker with this text, as python-can's log_event writes it.
    static func markerFields(text: String, program: String) -> [UInt8] {
        let name = String(program.prefix(100))
        let texts = [text, name, "Added by \(name)"].map { Array($0.utf8) }
        // No commented event; black on white.
        var fields = [UInt8](repeating: 0, count: 8) + [0xFF, 0xFF, 0xFF, 0]
        fields += [0, 0, 0, 0]
        for text in texts {
            for shift in [0, 8, 16, 24] {
                fields.append(UInt8(truncatingIfNeeded: text.count >> shift))
            }
        }
        fields += [UInt8](repeating: 0, count: 12)
        return fields + texts.joined()
    }

    private static func number(_ bytes: Span<UInt8>, at offset: Int) -> Int {
        (0..<4).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
    }

    /// The next `count` bytes as a text up to its first NUL, and `start` behind them.
    ///
    /// Vector's tools write the code page of their Windows; what is not UTF-8 is read as Latin-1.
    private static func text(_ bytes: Span<UInt8>, from start: inout Int, count: Int) -> String? {
        guard count <= bytes.count - start else { return nil }
        var characters: [UInt8] = []
        for index in start..<start + count {
            if bytes[index] == 0 { break }
            characters.append(bytes[index])
        }
        start += count
        return String(validating: characters, as: UTF8.self)
            ?? String(String.UnicodeScalarView(characters.map { Unicode.Scalar($0) }))
    }
}

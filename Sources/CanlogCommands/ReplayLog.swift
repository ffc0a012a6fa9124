import CANFrame
import LogTools

/// The log of a replay, opened again for each pass, with the frames that were asked for.
struct ReplayLog: Sendable {
    let path: String
    private var options: LogInputOptions

    /// Frames with the `awaited` identifiers are read too, since others wait for them.
    init(
        path: String, options: LogInputOptions, awaited: [ArbitrationID]
    ) throws(StreamError) {
        self.path = path
        var selection = options.selection
        for identifier in awaited {
            let packed = PackedID(identifier)
            if selection.except.contains(where: { $0.matches(packed) }) {
                throw StreamError(
                    place: "--wait-for \(identifier)",
                    cause: "--except leaves these frames out, so nothing would wait for them")
            }
            if !selection.only.isEmpty {
                selection.only.append(
                    .identifiers(
                        identifier.value...identifier.value, isExtended: identifier.isExtended))
            }
        }
        self.options = options
        self.options.selection = selection
    }

    func open() throws(StreamError) -> LogInput {
        try LogInput(path: path, options: options)
    }
}

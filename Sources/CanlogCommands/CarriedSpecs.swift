import CANFrame
import FirmwareSpecs
import LogFile
import LogTools
import VehicleSpec

/// Specs in logs: what a recorder puts into its log, and what is read of it later.
extension VehicleSpec {
    /// The spec as a log carries it.
    func carried() throws(StreamError) -> LogMetadata.Specification {
        do throws(LogError) {
            return try LogMetadata.Specification(name: name, text: canonicalText)
        } catch {
            throw error.streamError(place: name)
        }
    }

    /// The spec as it is read again from a log that carries it, in its order of rules and all else: so
    /// a bus and the log of it are judged alike, byte for byte.
    func asCarried() throws(StreamError) -> VehicleSpec {
        let carried = try carried()
        // What cannot be read back is judged as it is.
        return (try? VehicleSpec(carried, in: name)) ?? self
    }

    /// Reads the spec that a log carries; `place` is the log.
    init(_ carried: LogMetadata.Specification, in place: String) throws(StreamError) {
        let remedy = "judge it by others: --specs Firmware-Specs"
        let text = try carried.neededText(in: place)
        let files: SpecFiles
        do throws(SpecMistake) { files = try SpecFiles(resolved: text) } catch {
            throw StreamError(
                place: place, cause: "its specs cannot be read: \(error.cause)", remedy: remedy)
        }
        let catalog = SpecCatalog(files)
        let mistake = catalog.mistakes.first { $0.severity == .error }
        guard let spec = catalog.vehicles.first, mistake == nil else {
            throw StreamError(
                place: place,
                cause: "its specs cannot be used: "
                    + (mistake.map { "\($0.place): \($0.cause)" } ?? "there is no vehicle in them"),
                remedy: remedy)
        }
        self = spec
    }
}

extension LogMetadata.Specification {
    /// `belora-5/petrol-1.2t (sha256 5e992747…)`
    var label: String { "\(name) (sha256 \(sha256.prefix(8))…)" }

    /// The specs that the log at `path` carries, and their text.
    static func carried(
        by path: String
    ) throws(StreamError) -> (specification: LogMetadata.Specification, text: String) {
        // In steps: the chain of them is miscompiled (Swift 6.3.1).
        let log = try LogInput(path: path)
        let metadata = log.metadata
        guard let carried = metadata?.specification else {
            throw StreamError(
                place: path, cause: "it carries no specs",
                remedy: "'canlog record --specs' stores them")
        }
        return (carried, try carried.neededText(in: path))
    }

    /// The text, which is in the log that is called `place`.
    func neededText(in place: String) throws(StreamError) -> String {
        let carried: String?
        do throws(LogError) { carried = try text() } catch {
            throw error.streamError(place: place)
        }
        guard let carried else {
            throw StreamError(
                place: place, cause: "the text of its specs, \(name), is not in it",
                remedy: "`canlog verify` says whether it is damaged")
        }
        return carried
    }

    /// The digest in hexadecimal, as `canlog specs resolve` prints it.
    var sha256: String { FigureText.digest(digest) }
}

import ArgumentParser
import CANFrame
import FirmwareSpecs
import LocalFiles
import LogFile
import VehicleSpec

/// `canlog specs resolve`
struct SpecsResolveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resolve",
        abstract: "Print a variant with all that it inherits, as a log carries it.",
        discussion: """
            The text is YAML in a fixed form: whatever the order, the files and the comments that it \
            was written with, the same content is the same text. Its SHA-256 is what logs and \
            reports name; --sha256 prints it alone.

            Examples:
              canlog specs resolve strela-3 --variant petrol
              canlog specs resolve strela-3/petrol --folder /srv/specs | less
              canlog specs resolve strela-3/petrol --sha256
              canlog specs resolve night.canlog                 the text that this log carries

            Exit status: 0 printed; 2 the specs have errors, or no such vehicle.
            """)

    @Argument(
        help: .init(
            "The vehicle, or vehicle/variant; or a log that carries its specs.",
            valueName: "vehicle|log"), completion: .file(extensions: ["canlog"]))
    var vehicle: String

    @Option(help: .init("Which variant, of a vehicle that has several.", valueName: "name"))
    var variant: String?

    @Option(help: SpecsFolder.help, completion: .directory)
    var folder: String?

    @Flag(name: .customLong("sha256"), help: "The digest alone.")
    var digest = false

    @Flag(help: "One JSON object: name, digest and text.")
    var json = false

    func run() throws {
        if vehicle.hasSuffix(LogFormat.suffix), variant == nil, folder == nil {
            let (carried, text) = try LogMetadata.Specification.carried(by: vehicle)
            let names = carried.name.split(separator: "/", maxSplits: 1).map(String.init)
            return tell(names[0], names.count > 1 ? names[1] : "", carried.sha256, text)
        }
        let spec = try SpecsFolder.variant(vehicle, variant, in: folder)
        tell(spec.vehicle, spec.variant, spec.sha256, spec.canonicalText)
    }

    private func tell(_ vehicle: String, _ variant: String, _ sha256: String, _ text: String) {
        if json {
            let object: JSONValue = [
                "vehicle": .string(vehicle), "variant": .string(variant),
                "sha256": .string(sha256), "text": .string(text),
            ]
            return StandardOutput.write(object.text + "\n")
        }
        if digest { return StandardOutput.write(sha256 + "\n") }
        // The text of a log comes from anywhere: nothing in it steers a terminal.
        StandardOutput.write(
            StandardOutput.isTerminal
                ? text.split(separator: "\n", omittingEmptySubsequences: false)
                    .map { String($0).printable }.joined(separator: "\n") : text)
        StandardError.say("SHA-256 \(sha256)")
    }
}

import ArgumentParser
import CANFrame
import FirmwareSpecs
import LocalFiles
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

            Exit status: 0 printed; 2 the specs have errors, or no such vehicle.
            """)

    @Argument(help: .init("The vehicle, or vehicle/variant.", valueName: "vehicle"))
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
        let spec = try SpecsFolder.variant(vehicle, variant, in: folder)
        if json {
            let object: JSONValue = [
                "vehicle": .string(spec.vehicle), "variant": .string(spec.variant),
                "sha256": .string(spec.sha256), "text": .string(spec.canonicalText),
            ]
            return StandardOutput.write(object.text + "\n")
        }
        if digest { return StandardOutput.write(spec.sha256 + "\n") }
        StandardOutput.write(spec.canonicalText)
        StandardError.say("SHA-256 \(spec.sha256)")
    }
}

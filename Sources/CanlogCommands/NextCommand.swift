import ArgumentParser

/// `canlog next`
struct NextCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "next",
        abstract: "Let a running recorder go on in a new log, for the next vehicle.",
        discussion: """
            The log ends and the next begins at one frame boundary: no frame is lost, none is in both. \
            The old log is completed behind it. A VIN that is the same as before counts the attempt on.

            Examples:
              canlog next --vin WVWZZZ1JZXW000001
              canlog next --vin WVWZZZ1JZXW000001 --attempt 2

            Exit status: 0 the recorder records to the new log; 2 it could not, and goes on in the old \
            one.
            """)

    @Option(help: .init("The vehicle's identification number, as scanned.", valueName: "vin"))
    var vin: String?

    @Option(
        parsing: .unconditional,
        help: .init("Which attempt at this vehicle it is, from 1.", valueName: "n"),
        transform: MetadataOptions.attemptNumber)
    var attempt: UInt32?

    @Option(help: .init("Who operates the station from now on.", valueName: "name"))
    var `operator`: String?

    @OptionGroup var request: RecorderRequest

    func run() throws {
        try request.send(
            "next", ["vin": vin, "attempt": attempt.map { "\($0)" }, "operator": `operator`])
    }
}

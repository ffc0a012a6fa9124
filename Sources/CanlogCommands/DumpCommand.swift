import ArgumentParser
import CANFrame
import CanlogFiles
import LogTools

/// `canlog dump`
struct DumpCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dump",
        abstract: "Print the frames of a log as candump -L does.",
        discussion: """
            Stamps have as many digits as the log's resolution. What cannot be read is named on \
            standard error.

            Examples:
              canlog dump night.canlog | grep 7E8#
              canlog dump night.canlog --from +60 --to +90 --only 100-1FF,18DAF110
              canlog dump night.canlog --channel can1 --except error | canplayer vcan0=can1
              canlog dump night.log.zst

            Exit status: 0 all printed; 3 something of the log is missing; 2 could not read it.
            """)

    @Argument(
        help: .init(
            "The log, of any format, perhaps .zst; '-' for standard input.",
            valueName: "file"), completion: .file())
    var file: String

    @OptionGroup(title: "Which frames")
    var selection: SelectionOptions

    @OptionGroup(title: "How the log is read")
    var input: LogInputArguments

    @Flag(
        name: [.customShort("x"), .long],
        help: "Print R or T behind each frame, as candump -x does, where the log knows.")
    var direction = false

    @Flag(
        help: "Print events too, as lines that begin with '#': links, losses, states, markers.")
    var events = false

    func run() throws {
        var reading = input.options(selection)
        // Without numbers and events only the streams of some identifiers are read.
        reading.selection.isFramesOnly = !selection.only.isEmpty && !events
        let log = try LogInput(path: file, options: reading)
        var options = LogConversion.Options(format: .candump, metadata: .imported(from: file))
        options.showsDirection = direction
        options.showsEvents = events
        var conversion = try LogConversion(of: log, to: "-", options: options)
        while try conversion.step() {}
        try conversion.finish().report()
    }
}

public import ArgumentParser
import CANFrame
import Glibc
import LocalFiles

/// `canlog`: the root of all subcommands.
public struct CanlogCommand: ParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "canlog",
        abstract: "Record CAN buses without silent loss, look into the logs, play them back.",
        version: CanlogVersion.current,
        subcommands: [
            RecordCommand.self, StatusCommand.self, NextCommand.self, MarkCommand.self,
            TriggerCommand.self, KeepCommand.self, ReplayCommand.self, ListCommand.self,
            DoctorCommand.self, InfoCommand.self, DumpCommand.self, ConvertCommand.self,
            VerifyCommand.self, CompactCommand.self, CutCommand.self, MergeCommand.self,
            DiffCommand.self,
            DecodeCommand.self, DatabaseCommand.self, PlotCommand.self, MonitorCommand.self,
            StatsCommand.self, ConversationsCommand.self, DiagnoseCommand.self,
            RejudgeCommand.self, UDSCommand.self,
            SimulateCommand.self, SpecsCommand.self, InterfaceCommand.self,
        ])

    public init() {}

    /// Parses the process's arguments, runs the subcommand and ends with its exit status.
    public static func runAndExit() -> Never {
        // A reader that goes away (`canlog dump | head`) is no failure: the write fails instead.
        signal(SIGPIPE, SIG_IGN)
        // Nor is a limit on the size of files the end: the write fails, and what was begun is removed.
        signal(SIGXFSZ, SIG_IGN)
        do {
            try CommandSuggestion.check(CommandLine.arguments.dropFirst())
            var command = try RecordArguments(Array(CommandLine.arguments.dropFirst())).parse()
            try command.run()
            Glibc.exit(ExitStatus.done)
        } catch {
            end(with: error)
        }
    }

    /// Prints `error` once, the way all commands do, and ends the process.
    private static func end(with error: any Error) -> Never {
        switch error {
        case let status as ExitStatus.Early: Glibc.exit(status.code)
        case let failure as StreamError where failure.isReaderGone: Glibc.exit(ExitStatus.done)
        case let failure as StreamError: fail(failure.description)
        case let failure as SystemError: fail(failure.description)
        default: exit(withError: error)
        }
    }

    private static func fail(_ message: String) -> Never {
        StandardError.say(message)
        Glibc.exit(ExitStatus.couldNot)
    }
}

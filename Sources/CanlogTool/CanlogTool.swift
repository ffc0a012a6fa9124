import CanlogCommands

/// The program `canlog`.
@main
struct CanlogTool {
    static func main() {
        CanlogCommand.runAndExit()
    }
}

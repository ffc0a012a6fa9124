/// The version of this program, as `--version` prints it and logs store it.
enum CanlogVersion {
    static let current = "0.1.0"
}

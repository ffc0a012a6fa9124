/// The Python of the peers that Tools/setup installs.
public enum PeerPython {
    public static let path =
        (environment("XDG_CACHE_HOME") ?? (environment("HOME") ?? "") + "/.cache")
        + "/canlog/peers/bin/python3"

    /// Whether a test that needs this module is to run: it is there, or must be.
    public static func shouldRun(_ module: String) -> Bool {
        Requirement.peers.isRequired
            || (try? Program.run(path, "-c", "import \(module)").status == 0) == true
    }
}

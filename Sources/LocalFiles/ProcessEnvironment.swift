import Glibc

/// What the process was started with.
public enum ProcessEnvironment {
    /// The value of an environment variable.
    public static subscript(name: String) -> String? {
        // The value is copied at once; canlog never changes its environment.
        unsafe getenv(name).map { unsafe String(cString: $0) }
    }

    /// The number of this process.
    public static var processIdentifier: Int32 { getpid() }
}

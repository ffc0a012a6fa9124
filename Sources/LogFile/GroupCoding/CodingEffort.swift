/// How much work the encoder of a group does for its size; the decoder does not see it.
public enum CodingEffort: Sendable, CaseIterable {
    /// While frames arrive.
    case standard
    /// For a log that is compacted afterwards: every run is tried with zstd at a high level.
    case best
}

public import CANFrame

extension LogReader where File: ~Copyable {
    /// The frame digest of the last group, which stands for all frames of the log; `nil` where
    /// frames are still in the journal, or the head of that group cannot be read.
    public func frameDigest() throws(StreamError) -> [UInt8]? {
        guard summary.journalBytes == 0, case .group(let entry)? = lastStep else { return nil }
        guard case .success(let head) = try scanner.readHead(of: entry, in: file) else {
            return nil
        }
        return head.frameDigest
    }

    private var lastStep: LogLayout.Step? { layout.steps.last }

    /// The part of the file's groups that has been read or passed, 0 to 1.
    public var fraction: Double {
        layout.steps.isEmpty ? 1 : Double(nextStep) / Double(layout.steps.count)
    }
}

import CANFrame

/// The findings of one reading of traffic, in the order in which they were opened.
///
/// A check tells it when a violation is established, when it is seen again and when it is over; of
/// each check on each subject one finding is open at a time. Its memory is bounded: what is beyond
/// the limits is counted by check and not listed.
public struct FindingBook: Sendable {
    /// Where a finding stands; what it is extended and closed by, without looking for its name.
    public struct Place: Sendable, Hashable {
        /// The index among ``FindingBook/findings``; -1 of one that is counted and not listed.
        public let index: Int32

        public var isListed: Bool { index >= 0 }
    }

    /// Something that happened to a finding, for who tells as it comes.
    public enum Change: Sendable, Hashable {
        case opened(Place)
        case closed(Place)

        public var place: Place {
            switch self {
            case .opened(let place), .closed(let place): place
            }
        }
    }

    private struct Key: Hashable, Sendable {
        var check: String
        var subject: String
    }

    private struct Standing: Sendable {
        /// The open one's index, -1 while none is.
        var open: Int32 = -1
        var episodes = 0
    }

    /// How many findings are listed at most, and how many of one check on one subject.
    public let maximum: Int
    public let maximumEpisodes: Int
    /// What is listed, in the order of opening.
    public private(set) var findings: [Finding] = []
    /// How many findings were not listed, by check.
    public private(set) var unlisted: [String: UInt64] = [:]
    /// Bounded by ``maximum``: only what is listed has a standing.
    private var standings: [Key: Standing] = [:]
    /// At most two for each finding.
    private var changes: [Change] = []
    /// How often something was opened or closed.
    public private(set) var changeCount: UInt64 = 0

    public init(maximum: Int = 10_000, maximumEpisodes: Int = 100) {
        self.maximum = max(0, maximum)
        self.maximumEpisodes = max(1, maximumEpisodes)
    }

    /// Opens a finding; where one of its check and subject is open already, that one is extended.
    ///
    /// The episode is set here. A place that is not listed is answered where there is no room.
    public mutating func open(_ finding: Finding) -> Place {
        let key = Key(check: finding.check, subject: finding.subject)
        var standing = standings[key] ?? Standing()
        if standing.open >= 0 {
            let place = Place(index: standing.open)
            extend(
                place, at: finding.opened, frame: finding.evidence?.upperBound,
                times: finding.occurrences)
            return place
        }
        guard findings.count < maximum, standing.episodes < maximumEpisodes else {
            unlisted[finding.check, default: 0] += 1
            return Place(index: -1)
        }
        var finding = finding
        standing.episodes += 1
        standing.open = Int32(findings.count)
        finding.episode = standing.episodes
        finding.closed = nil
        findings.append(finding)
        standings[key] = standing
        let place = Place(index: standing.open)
        note(.opened(place))
        return place
    }

    /// The violation was seen again, by a frame or by none; nothing is allocated.
    public mutating func extend(
        _ place: Place, at time: Int64, frame: UInt64? = nil, times: UInt64 = 1
    ) {
        guard place.isListed, findings[Int(place.index)].closed == nil else { return }
        let index = Int(place.index)
        let (sum, overflow) = findings[index].occurrences.addingReportingOverflow(times)
        findings[index].occurrences = overflow ? .max : sum
        guard let frame else { return }
        guard let evidence = findings[index].evidence else {
            findings[index].evidence = frame...frame
            return
        }
        findings[index].evidence =
            min(evidence.lowerBound, frame)...max(evidence.upperBound, frame)
    }

    /// The violation is over since `time`; its text may say more now than when it opened.
    public mutating func close(_ place: Place, at time: Int64, text: String? = nil) {
        guard place.isListed, findings[Int(place.index)].closed == nil else { return }
        let finding = findings[Int(place.index)]
        findings[Int(place.index)].closed = max(time, finding.began)
        if let text { findings[Int(place.index)].text = text }
        standings[Key(check: finding.check, subject: finding.subject)]?.open = -1
        note(.closed(place))
    }

    /// The finding at a place that is listed.
    public subscript(place: Place) -> Finding { findings[Int(place.index)] }

    /// The open finding of a check on a subject.
    public func openPlace(of check: String, on subject: String) -> Place? {
        guard let standing = standings[Key(check: check, subject: subject)], standing.open >= 0
        else { return nil }
        return Place(index: standing.open)
    }

    /// Whether a finding of this check is open, on any subject.
    public func isOpen(_ check: String) -> Bool {
        findings.contains { $0.closed == nil && $0.check == check }
    }

    /// How many findings there are, the unlisted ones among them.
    public var total: UInt64 {
        unlisted.values.reduce(into: UInt64(findings.count)) { $0.add(upToLimit: $1) }
    }

    private mutating func note(_ change: Change) {
        changes.append(change)
        changeCount += 1
    }

    /// Whether something happened since it was asked last.
    public var hasChanges: Bool { !changes.isEmpty }

    /// What happened since this was asked last, in its order.
    public mutating func takeChanges() -> [Change] {
        defer { changes.removeAll(keepingCapacity: true) }
        return changes
    }
}

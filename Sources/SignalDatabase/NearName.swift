/// Names that were nearly typed.
public enum NearName {
    /// The name that differs least, if it is near enough to have been meant.
    public static func nearest(to word: String, among names: [String]) -> String? {
        let word = Array(word.lowercased().utf8)
        let ranked = names.map { ($0, distance(word, Array($0.lowercased().utf8))) }
            .min { $0.1 < $1.1 }
        guard let ranked, isNear(ranked.1, to: word) else { return nil }
        return ranked.0
    }

    /// At most `count` names, the nearest first, that are near enough to have been meant or have the
    /// word in them.
    public static func near(to word: String, among names: [String], count: Int) -> [String] {
        let lowercased = word.lowercased()
        let characters = Array(lowercased.utf8)
        let ranked = names.compactMap { name -> (String, Int)? in
            let other = name.lowercased()
            let distance = distance(characters, Array(other.utf8))
            let isPart = characters.count > 2 && other.contains(lowercased)
            guard isPart || isNear(distance, to: characters) else { return nil }
            return (name, isPart ? 0 : distance)
        }
        return ranked.sorted { $0.1 < $1.1 }.prefix(count).map(\.0)
    }

    private static func isNear(_ distance: Int, to word: [UInt8]) -> Bool {
        distance <= max(1, min(word.count, 6) / 2)
    }

    /// How many characters must be inserted, removed, replaced or swapped with their neighbour
    /// (optimal string alignment).
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var before: [Int] = []
        var last = Array(0...right.count)
        for (i, character) in left.enumerated() {
            var row = [i + 1]
            row.reserveCapacity(right.count + 1)
            for (j, other) in right.enumerated() {
                var best = min(last[j + 1] + 1, row[j] + 1)
                best = min(best, last[j] + (character == other ? 0 : 1))
                if i > 0, j > 0, character == right[j - 1], left[i - 1] == other {
                    best = min(best, before[j - 1] + 1)
                }
                row.append(best)
            }
            (before, last) = (last, row)
        }
        return last[right.count]
    }
}

extension OBDParameter {
    /// The bytes that an ECU sends for a physical value: of the first value that the parameter has,
    /// the nearest that its bytes hold; `nil` where it has no value by a number.
    ///
    /// Of a value that stands for a word, such as the standard that is met, the number is the byte.
    public func bytes(of physical: Double) -> [UInt8]? {
        guard let first = parts.first, physical.isFinite else { return nil }
        let place: Int
        let count: Int
        let raw: Double
        let limits: ClosedRange<Double>
        switch first {
        case .linear(_, let from, let bytes, let factor, let offset, _, _, let signed):
            guard bytes <= 4 else { return nil }
            (place, count) = (from, bytes)
            raw = (physical - offset) / factor
            let span = Double(1 << Int64(bytes * 8))
            limits = signed ? -span / 2...span / 2 - 1 : 0...span - 1
        case .named(_, let from, _):
            (place, count, raw, limits) = (from, 1, physical, 0...255)
        case .flags, .supported, .readiness, .troubleCode: return nil
        }
        guard place + count <= length else { return nil }
        let number = Int64(min(max(raw.rounded(), limits.lowerBound), limits.upperBound))
        var result = [UInt8](repeating: 0, count: length)
        // The first byte says which of the values there are, where there is one for that.
        if place > 0 { result[0] = 1 }
        for index in 0..<count {
            result[place + index] = UInt8(
                truncatingIfNeeded: number >> Int64((count - 1 - index) * 8))
        }
        return result
    }
}

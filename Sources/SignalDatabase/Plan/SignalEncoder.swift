/// Why a value has no bits.
public enum SignalEncodingError: Error, Sendable, Hashable {
    /// The nearest raw value needs more bits than the signal has; both in physical values.
    case outOfRange(value: Double, allowed: ClosedRange<Double>)
    /// Not a number, infinite where the signal has integers, or a signal whose factor is 0.
    case noNumber(Double)
    /// The payload ends before the signal does, or the signal has more than 64 bits.
    case beyondPayload(needed: Int, length: Int)
}

/// Writes values of signals into payloads: the way back from what ``DecodePlan`` reads.
///
/// Signals are named by their place among those of all messages (``DecodePlan/signals(of:)``).
public struct SignalEncoder: Sendable {
    /// What becomes of a value that the bits of a signal cannot hold.
    public enum Limit: Sendable, Hashable {
        /// It is an error.
        case refuse
        /// The nearest that they can hold is taken; not a number stays an error.
        case clamp
    }

    public let plan: DecodePlan

    public init(_ plan: DecodePlan) {
        self.plan = plan
    }

    /// The bits of the raw value whose physical value is nearest to `physical`, the even one of two
    /// that are equally near.
    public func bits(
        of physical: Double, signal: Int, limit: Limit = .refuse
    ) throws(SignalEncodingError) -> UInt64 {
        try plan.signals[signal].bits(of: physical, limit)
    }

    /// The bits of a raw value of a signal of integers.
    public func bits(
        ofRaw raw: Int64, signal: Int, limit: Limit = .refuse
    ) throws(SignalEncodingError) -> UInt64 {
        try plan.signals[signal].bits(ofRaw: raw, limit)
    }

    /// The physical values of the smallest and the greatest raw value that is one (of J1939, not those
    /// that say why there is none); `nil` of floating-point signals.
    public func range(of signal: Int) -> ClosedRange<Double>? { plan.signals[signal].valueRange }

    /// The bits of a signal in `payload`, without sign; `nil` if it ends before.
    public func bits(of signal: Int, in payload: Span<UInt8>) -> UInt64? {
        let signal = plan.signals[signal]
        return payload.count < signal.neededLength ? nil : signal.bits(in: payload)
    }

    /// Writes the bits of one signal and leaves all others as they are.
    public func put(
        _ bits: UInt64, signal: Int, into payload: inout [UInt8]
    ) throws(SignalEncodingError) {
        let signal = plan.signals[signal]
        guard payload.count >= signal.neededLength else {
            throw .beyondPayload(needed: Int(signal.neededLength), length: payload.count)
        }
        signal.put(bits, into: &payload)
    }

    /// Writes the physical values of a message's signals, in the order of the file; `nil` leaves a
    /// signal as it is, and so does a multiplexer that selects others.
    ///
    /// Where signals lie over one another, the last stands.
    public func encode(
        _ values: [Double?], ofMessage message: Int, limit: Limit = .refuse,
        into payload: inout [UInt8]
    ) throws(SignalEncodingError) {
        let range = plan.signals(of: message)
        precondition(values.count == range.count, "there is a value, or none, for each signal")
        try put(ofMessage: message, into: &payload) { (place) throws(SignalEncodingError) in
            guard let value = values[place] else { return nil }
            return try bits(of: value, signal: range.lowerBound + place, limit: limit)
        }
    }

    /// Writes the bits that `bits` has of each signal, asked by its place in the message: multiplexers
    /// first, then what they select, and no other.
    public func put(
        ofMessage message: Int, into payload: inout [UInt8],
        bits: (_ place: Int) throws(SignalEncodingError) -> UInt64?
    ) throws(SignalEncodingError) {
        let range = plan.signals(of: message)
        var isThere = [Bool](repeating: false, count: range.count)
        for step in range {
            let place = Int(plan.order[step])
            isThere[place] = isSelected(place, of: range, isThere, in: payload)
            guard isThere[place], let bits = try bits(place) else { continue }
            try put(bits, signal: range.lowerBound + place, into: &payload)
        }
    }

    /// Whether the multiplexers in `payload` select a signal of a message, given by its place in it.
    private func isSelected(
        _ place: Int, of range: Range<Int>, _ isThere: [Bool], in payload: [UInt8]
    ) -> Bool {
        let signal = plan.signals[range.lowerBound + place]
        guard signal.multiplexer != -1 else { return true }
        guard signal.multiplexer >= 0, isThere[Int(signal.multiplexer)],
            let bits = bits(of: range.lowerBound + Int(signal.multiplexer), in: payload.span)
        else { return false }
        return plan.selects(signal.firstRange, signal.rangeCount, by: bits)
    }
}

extension SignalPlan {
    fileprivate func bits(
        of physical: Double, _ limit: SignalEncoder.Limit
    ) throws(SignalEncodingError) -> UInt64 {
        switch kind {
        case .double: return (try quotient(of: physical)).bitPattern
        case .float:
            let wide = try quotient(of: physical)
            var narrow = Float(wide)
            if narrow.isInfinite, wide.isFinite {
                let greatest = Float.greatestFiniteMagnitude
                guard limit == .clamp else {
                    let most = Double(greatest)
                    throw .outOfRange(value: physical, allowed: scaled(-most, most))
                }
                narrow = wide < 0 ? -greatest : greatest
            }
            return UInt64(narrow.bitPattern)
        case .narrow, .unsigned, .signed: break
        }
        let number = try wholeNumber(nearest: physical)
        let isBelow = number < 0
        let raw =
            sign == 0
            ? UInt64(exactly: number) : Int64(exactly: number).map { UInt64(bitPattern: $0) }
        if let raw, holds(raw, isNegative: isBelow) { return raw & mask }
        guard limit == .clamp else {
            throw .outOfRange(value: physical, allowed: range ?? physical...physical)
        }
        return isBelow ? sign : mask ^ sign
    }

    fileprivate func bits(
        ofRaw raw: Int64, _ limit: SignalEncoder.Limit
    ) throws(SignalEncodingError) -> UInt64 {
        // Of 64 bits without sign, a raw value is given as the same bits.
        let isNegative = raw < 0 && (sign != 0 || mask != .max)
        if holds(UInt64(bitPattern: raw), isNegative: isNegative) {
            return UInt64(bitPattern: raw) & mask
        }
        guard limit == .clamp else {
            throw .outOfRange(value: Double(raw), allowed: range ?? 0...0)
        }
        return isNegative ? sign : mask ^ sign
    }

    /// Whether the signal's bits hold `raw`, given as 64 bits.
    private func holds(_ raw: UInt64, isNegative: Bool) -> Bool {
        if sign == 0 { return !isNegative && raw <= mask }
        return isNegative ? raw >= ~(sign - 1) : raw < sign
    }

    private var range: ClosedRange<Double>? {
        switch kind {
        case .float, .double: nil
        case .narrow, .unsigned, .signed:
            scaled(
                sign == 0 ? 0 : -Double(sign), Double(sign == 0 ? mask : sign - 1))
        }
    }

    fileprivate var valueRange: ClosedRange<Double>? {
        indicators == .none ? range : scaled(0, Double(greatest))
    }

    private func scaled(_ low: Double, _ high: Double) -> ClosedRange<Double> {
        let (first, last) = (low * factor + offset, high * factor + offset)
        // A file may have any factor.
        guard first.isFinite, last.isFinite else {
            return -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude
        }
        return min(first, last)...max(first, last)
    }

    private func quotient(of physical: Double) throws(SignalEncodingError) -> Double {
        guard factor != 0 else { throw .noNumber(physical) }
        return (physical - offset) / factor
    }

    /// The whole number whose physical value is nearest to `physical`.
    private func wholeNumber(nearest physical: Double) throws(SignalEncodingError) -> Double {
        let quotient = try quotient(of: physical)
        guard quotient.isFinite else { throw .noNumber(physical) }
        var best = quotient.rounded(.toNearestOrEven)
        // The difference and the quotient are rounded, so that a neighbour may be nearer.
        var least = distance(of: best, from: physical)
        for neighbour in [best - 1, best + 1] {
            let other = distance(of: neighbour, from: physical)
            if other < least { (best, least) = (neighbour, other) }
        }
        return best
    }

    /// How far the physical value of `raw` is from `physical`, with the errors of the product and of
    /// the sums added (Dekker 1971, Knuth 4.2.2: TwoProduct, TwoSum).
    private func distance(of raw: Double, from physical: Double) -> Double {
        let product = raw * factor
        let productRest = (-product).addingProduct(raw, factor)
        let (shift, shiftRest) = Self.sum(offset, -physical)
        let (total, totalRest) = Self.sum(product, shift)
        return abs(total + (totalRest + (shiftRest + productRest)))
    }

    private static func sum(_ left: Double, _ right: Double) -> (Double, rest: Double) {
        let sum = left + right
        let part = sum - left
        return (sum, (left - (sum - part)) + (right - part))
    }

    /// Writes `bits` where ``bits(in:)`` finds them; the payload has the bytes that it needs.
    fileprivate func put(_ bits: UInt64, into payload: inout [UInt8]) {
        let first = Int(firstByte)
        let count = min(8, payload.count - first)
        var word: UInt64 = 0
        for index in 0..<count { word |= UInt64(payload[first + index]) << (UInt64(index) * 8) }
        if isBigEndian { word = word.byteSwapped }
        let bits = bits & mask
        let spilled = UInt64(spill)
        if spilled == 0 {
            let field = (mask << UInt64(right)) >> UInt64(left)
            word = word & ~field | (bits << UInt64(right)) >> UInt64(left)
        } else if isBigEndian {
            word = word & ~(mask >> spilled) | bits >> spilled
            let last = UInt8(truncatingIfNeeded: bits << (8 - spilled))
            payload[first + 8] = payload[first + 8] & (0xFF >> UInt8(spilled)) | last
        } else {
            let bit = spilled + UInt64(right)
            word = word & ~(.max << bit) | bits << bit
            let last = UInt8(truncatingIfNeeded: bits >> (64 - bit))
            payload[first + 8] = payload[first + 8] & (0xFF << UInt8(spilled)) | last
        }
        if isBigEndian { word = word.byteSwapped }
        for index in 0..<count {
            payload[first + index] = UInt8(truncatingIfNeeded: word >> (UInt64(index) * 8))
        }
    }
}

import CLinuxCAN

/// How long a bit is and where it is sampled (`struct can_bittiming`).
public struct BitTiming: Hashable, Sendable {
    /// The bit rate in bit/s; 0 while none is set.
    public var bitRate: UInt32 = 0
    /// Where the bit is sampled, in thousandths of the bit.
    public var samplePoint: UInt32 = 0
    /// The length of a time quantum in nanoseconds.
    public var timeQuantum: UInt32 = 0
    /// The segments of the bit in time quanta; the bit is one longer than their sum.
    public var propagationSegment: UInt32 = 0
    public var phaseSegment1: UInt32 = 0
    public var phaseSegment2: UInt32 = 0
    /// The synchronisation jump width in time quanta.
    public var jumpWidth: UInt32 = 0
    /// How many clock periods a time quantum has.
    public var prescaler: UInt32 = 0

    public init(bitRate: UInt32 = 0, samplePoint: UInt32 = 0) {
        self.bitRate = bitRate
        self.samplePoint = samplePoint
    }

    /// The segments for the kernel to take as they are: a bit rate beside them would make it compute
    /// others (`can_get_bittiming`).
    var exactly: can_bittiming {
        can_bittiming(
            bitrate: 0, sample_point: 0, tq: timeQuantum, prop_seg: propagationSegment,
            phase_seg1: phaseSegment1, phase_seg2: phaseSegment2, sjw: jumpWidth, brp: 0)
    }
}

/// What a controller can make of its clock (`struct can_bittiming_const`).
public struct BitTimingLimits: Hashable, Sendable {
    /// The name of the controller's hardware.
    public var controller: String
    /// Time quanta before the sample point, without the synchronisation segment.
    public var segment1: ClosedRange<UInt32>
    /// Time quanta behind the sample point.
    public var segment2: ClosedRange<UInt32>
    public var jumpWidth: UInt32
    public var prescaler: ClosedRange<UInt32>
    /// Prescalers are multiples of this.
    public var prescalerStep: UInt32

    public init(
        controller: String, segment1: ClosedRange<UInt32>, segment2: ClosedRange<UInt32>,
        jumpWidth: UInt32, prescaler: ClosedRange<UInt32>, prescalerStep: UInt32
    ) {
        self.controller = controller
        self.segment1 = segment1
        self.segment2 = segment2
        self.jumpWidth = jumpWidth
        self.prescaler = prescaler
        self.prescalerStep = prescalerStep
    }

    /// The bit rate nearest to `bitRate` that the controller makes of `clock` Hz, and of those ways
    /// to make it the latest sample point up to `samplePoint` (in thousandths; `nil`: as CiA 301
    /// recommends).
    ///
    /// The same ways and the same choice as the kernel's `can_calc_bittiming`. `nil` if there is
    /// none.
    public func nearest(
        to bitRate: UInt32, samplePoint: UInt32?, clock: UInt32
    ) -> BitTiming? {
        guard bitRate > 0, clock > 0 else { return nil }
        // The recommendation of CiA 301 and the kernel's: 87.5 %, less for fast buses.
        let wanted = samplePoint ?? (bitRate > 800_000 ? 750 : bitRate > 500_000 ? 800 : 875)
        var best: (error: UInt64, pointError: UInt32, timing: BitTiming)?
        // As many quanta as a bit may have: what a driver tells is no reason to try for ever.
        let least = UInt64(segment1.lowerBound) + UInt64(segment2.lowerBound)
        let most = min(UInt64(segment1.upperBound) + UInt64(segment2.upperBound), 4_096)
        guard least <= most else { return nil }
        for quanta in least...most {
            let down = UInt64(clock) / ((quanta + 1) * UInt64(bitRate))
            for prescaler in [stepped(down), stepped(down + UInt64(max(1, prescalerStep)))] {
                guard prescaler >= UInt64(max(1, self.prescaler.lowerBound)),
                    prescaler <= UInt64(self.prescaler.upperBound)
                else { continue }
                let rate = UInt64(clock) / (prescaler * (quanta + 1))
                let error = rate > UInt64(bitRate) ? rate - UInt64(bitRate) : UInt64(bitRate) - rate
                let point = nearestPoint(to: wanted, quanta: UInt32(quanta))
                let pointError = point > wanted ? point - wanted : wanted - point
                if let best, (best.error, best.pointError) <= (error, pointError) { continue }
                let timing = BitTiming(
                    bitRate: UInt32(clamping: rate), samplePoint: point)
                best = (error, pointError, timing)
            }
        }
        return best?.timing
    }

    private func stepped(_ prescaler: UInt64) -> UInt64 {
        let step = UInt64(max(1, prescalerStep))
        return prescaler / step * step
    }

    /// The latest sample point up to `wanted` in a bit of `quanta` time quanta and one.
    private func nearestPoint(to wanted: UInt32, quanta: UInt32) -> UInt32 {
        // Both segments lie within their ranges.
        let least = max(
            segment2.lowerBound,
            quanta > segment1.upperBound ? quanta - segment1.upperBound : 0)
        let most = min(
            segment2.upperBound,
            quanta > segment1.lowerBound ? quanta - segment1.lowerBound : 0)
        guard least <= most else { return 0 }
        // Descending; the kernel takes none behind the wanted one while there is another.
        let points = (least...most).lazy.map { 1_000 * (quanta + 1 - $0) / (quanta + 1) }
        return points.first { $0 <= wanted } ?? 1_000 * (quanta + 1 - most) / (quanta + 1)
    }
}

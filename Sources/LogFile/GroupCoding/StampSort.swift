/// Sorts entries by what stands above their low bits; equal ones keep their order.
///
/// Least significant digit first, 11 bits a pass: three passes for a group of a few minutes in
/// microseconds.
enum StampSort {
    private static let digitBits = 11

    /// Sorts `entries[range]` by `bits` bits from `shift` on; `scratch` is as long as `entries`.
    static func sort(
        _ entries: inout [UInt64], _ range: Range<Int>, scratch: inout [UInt64], bits: Int,
        from shift: Int
    ) {
        var done = 0
        while done < bits {
            pass(entries.span, range, into: &scratch, shift: UInt64(shift + done))
            swap(&entries, &scratch)
            done += digitBits
        }
        // What lies outside the range took part in the swaps only.
        if (bits + digitBits - 1) / digitBits % 2 == 1 {
            for index in 0..<range.lowerBound { entries[index] = scratch[index] }
            for index in range.upperBound..<entries.count { entries[index] = scratch[index] }
        }
    }

    private static func pass(
        _ entries: Span<UInt64>, _ range: Range<Int>, into output: inout [UInt64], shift: UInt64
    ) {
        var places = InlineArray<2_048, UInt32>(repeating: 0)
        for index in range { places[Int((entries[index] &>> shift) & 2_047)] &+= 1 }
        var sum = UInt32(range.lowerBound)
        for digit in places.indices {
            let count = places[digit]
            places[digit] = sum
            sum &+= count
        }
        var sorted = output.mutableSpan
        for index in range {
            let entry = entries[index]
            let digit = Int((entry &>> shift) & 2_047)
            sorted[Int(places[digit])] = entry
            places[digit] &+= 1
        }
    }
}

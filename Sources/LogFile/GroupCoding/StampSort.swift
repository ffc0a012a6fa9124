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
        var isOdd = false
        for done in stride(from: 0, to: bits, by: digitBits) {
            guard pass(entries.span, range, into: &scratch, shift: UInt64(shift + done)) else {
                continue
            }
            swap(&entries, &scratch)
            isOdd.toggle()
        }
        guard isOdd else { return }
        // What lies outside the range took part in the swaps only.
        for index in 0..<range.lowerBound { entries[index] = scratch[index] }
        for index in range.upperBound..<entries.count { entries[index] = scratch[index] }
    }

    /// Sorts by one digit into `output`; false, and nothing, where all digits are the same.
    private static func pass(
        _ entries: Span<UInt64>, _ range: Range<Int>, into output: inout [UInt64], shift: UInt64
    ) -> Bool {
        // Neighbours often have the same digit: two counters take turns.
        var even = InlineArray<2_048, UInt32>(repeating: 0)
        var odd = InlineArray<2_048, UInt32>(repeating: 0)
        var index = range.lowerBound
        while index &+ 1 < range.upperBound {
            even[Int((entries[index] &>> shift) & 2_047)] &+= 1
            odd[Int((entries[index &+ 1] &>> shift) & 2_047)] &+= 1
            index &+= 2
        }
        if index < range.upperBound { even[Int((entries[index] &>> shift) & 2_047)] &+= 1 }
        var sum = UInt32(range.lowerBound)
        for digit in even.indices {
            let count = even[digit] &+ odd[digit]
            if Int(count) == range.count { return false }
            even[digit] = sum
            sum &+= count
        }
        var sorted = output.mutableSpan
        for index in range {
            let entry = entries[index]
            let digit = Int((entry &>> shift) & 2_047)
            sorted[Int(even[digit])] = entry
            even[digit] &+= 1
        }
        return true
    }
}

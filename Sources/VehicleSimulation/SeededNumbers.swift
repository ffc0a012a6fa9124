/// Numbers that look random and follow from a seed alone, each by its place: SplitMix64 (Steele, Lea,
/// Flood 2014), whose state is the seed and a multiple of the place.
///
/// What a name stands for draws from numbers of its own, so that a signal that is added to a vehicle
/// leaves all others as they were.
struct SeededNumbers: Sendable, Hashable {
    let seed: UInt64

    /// Those of something with a name.
    func derived(_ name: String) -> SeededNumbers {
        // FNV-1a.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return SeededNumbers(seed: Self.mixed(seed ^ hash))
    }

    subscript(place: UInt64) -> UInt64 {
        Self.mixed(seed &+ (place &+ 1) &* 0x9E37_79B9_7F4A_7C15)
    }

    /// From 0 to below 1.
    func unit(_ place: UInt64) -> Double { Double(self[place] >> 11) * 0x1p-53 }

    private static func mixed(_ value: UInt64) -> UInt64 {
        var mixed = value
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

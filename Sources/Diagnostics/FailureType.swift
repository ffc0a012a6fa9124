/// The failure type byte (FTB) of a trouble code: how it failed, not what.
///
/// SAE J2012-DA: the high digit is a category, the low digit a type within it; types that the standard
/// leaves open have no name.
public struct FailureType: RawRepresentable, Sendable, Hashable, BitwiseCopyable {
    public let rawValue: UInt8

    @inlinable
    public init(rawValue: UInt8) { self.rawValue = rawValue }
}

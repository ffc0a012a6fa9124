extension Double {
    /// The shortest decimal that reads back as the same number, without `.0` of whole ones.
    public var decimalText: String {
        if self == rounded(), magnitude < 1e15 { return String(Int64(self)) }
        return description
    }
}

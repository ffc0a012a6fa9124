extension ArbitrationID {
    /// Reads an identifier as candump prints it: up to 3 hexadecimal digits standard, 8 extended.
    public init?(candump text: some StringProtocol) {
        // A sign is a number to the standard library.
        guard text.first?.isHexDigit == true, let value = UInt32(text, radix: 16) else {
            return nil
        }
        switch text.count {
        case 1...3: self.init(standard: value)
        case 8: self.init(extended: value)
        default: return nil
        }
    }
}

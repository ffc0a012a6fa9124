/// Why a line of a text log is not a good one, and where in the line.
struct LineFault: Error, Equatable, CustomStringConvertible {
    /// What is wrong, in words.
    enum Cause: String {
        case stamp = "no time stamp stands here"
        case stampDecimals = "the stamp has more than 9 decimals"
        case stampTooFine = "the stamp has more than 6 decimals"
        case stampTooLarge = "the stamp lies outside the years 1678 to 2261"
        case date = "the date is not understood"
        case version = "the version is neither one from 1.0 to 2.1 nor 3.0"
        case columns = "the columns are not understood"
        case number = "no message number stands here"
        case channel = "no channel stands here"
        case tooManyChannels = "there are more than 256 channels"
        case identifier = "no identifier stands here"
        case identifierTooLarge = "the identifier is above 1FFFFFFF"
        case standardTooLarge = "the standard identifier is above 7FF"
        case extended = "whether the identifier is extended is neither true nor false"
        case direction = "the direction is neither Rx nor Tx"
        case kind = "the kind of the frame is not known"
        case flags = "the bit rate switch or the error state indicator is neither 0 nor 1"
        case xl = "CAN XL frames are not supported"
        case dataLengthCode = "the data length code is not a number from 0 to 15"
        case length = "the length is none that such a frame can have"
        case lengths = "the length is not that of the data length code"
        case payload = "the payload has not as many bytes as its length says"
        case textAfterFrame = "text follows the frame"
        case unfinished = "the line is not whole"
        case lineTooLong = "the line is longer than 262,144 characters"
    }

    var cause: Cause
    /// The character of the line at which it is wrong, counted from 1.
    var column: Int

    init(_ cause: Cause, column: Int) {
        self.cause = cause
        self.column = column
    }

    var description: String { "\(cause.rawValue) (column \(column))" }
}

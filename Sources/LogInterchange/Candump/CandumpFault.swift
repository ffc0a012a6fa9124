/// Why a line is not one of candump's log format, and where in the line.
public struct CandumpFault: Error, Equatable, Sendable {
    /// What is wrong.
    public enum Kind: UInt8, Sendable, CaseIterable {
        case noStamp
        case stampWithoutDecimals
        case tooManyDecimals
        case stampTooLarge
        case stampNotClosed
        case noInterface
        case interfaceTooLong
        case interfaceUnprintable
        case tooManyInterfaces
        case noIdentifier
        case standardIdentifierTooLarge
        case extendedIdentifierTooLarge
        case extendedLength
        case errorFrameFormat
        case flagsUnknown
        case noFlags
        case oddPayload
        case payloadTooLong
        case remoteLength
        case dlcSuffix
        case textAfterFrame
        case lineTooLong
    }

    public var kind: Kind
    /// The character of the line at which it is wrong, counted from 1.
    public var column: Int

    public init(_ kind: Kind, column: Int) {
        self.kind = kind
        self.column = column
    }
}

extension CandumpFault: CustomStringConvertible {
    public var description: String { "\(cause) (column \(column))" }

    private var cause: String {
        switch kind {
        case .noStamp: "the line does not begin with a stamp like (1700000000.123456)"
        case .stampWithoutDecimals: "the stamp has no decimals"
        case .tooManyDecimals: "the stamp has more than 9 decimals"
        case .stampTooLarge: "the stamp lies beyond the year 2262"
        case .stampNotClosed: "the stamp does not end with a parenthesis and a blank"
        case .noInterface: "no interface follows the stamp"
        case .interfaceTooLong: "the name of the interface has more than 16 characters"
        case .interfaceUnprintable: "the name of the interface is not printable ASCII"
        case .tooManyInterfaces: "there are more than 256 interfaces"
        case .noIdentifier: "the identifier does not have 3 or 8 hexadecimal digits and a #"
        case .standardIdentifierTooLarge: "the standard identifier is above 7FF"
        case .extendedIdentifierTooLarge: "the extended identifier is above 1FFFFFFF"
        case .extendedLength: "CAN XL frames are not supported"
        case .errorFrameFormat: "an error frame is neither a remote nor a CAN FD frame"
        case .flagsUnknown: "the CAN FD flags have a bit above 7"
        case .noFlags: "no flags digit follows the ## of a CAN FD frame"
        case .oddPayload: "the payload is not made of pairs of hexadecimal digits"
        case .payloadTooLong: "the payload is longer than 8 bytes, or 64 with CAN FD"
        case .remoteLength: "the length of the remote frame is not a digit from 0 to 8"
        case .dlcSuffix: "the DLC after _ is not a digit from 9 to F behind 8 bytes"
        case .textAfterFrame: "text follows the frame"
        case .lineTooLong: "the line is longer than 1,024 characters"
        }
    }
}

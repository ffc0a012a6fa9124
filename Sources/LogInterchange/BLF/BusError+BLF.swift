/// The error's details of CAN_ERROR_EXT (`CanErrorFrameExt.h`) and of CAN_FD_ERROR_64.
extension BusError {
    /// `flags`: `ecc` is a SJA1000's error code capture register.
    private static let registerIsValid: UInt32 = 1
    /// `flags`: `flagsExt` is a CAN core's code.
    private static let codeIsValid: UInt32 = 2

    /// `nil` if the flags say that neither is there.
    init?(blfFlags flags: UInt32, ecc: UInt8, flagsExt: UInt16) {
        if flags & Self.codeIsValid != 0 {
            self.init(coreCode: UInt32(flagsExt))
        } else if flags & Self.registerIsValid != 0 {
            self.init(errorCodeCapture: ecc)
        } else {
            return nil
        }
    }

    /// `flags` and `flagsExt` of an error frame: only protocol and acknowledgement errors have a code
    /// there, states of the controller have none.
    static func blfDetail(of error: BusError?) -> (flags: UInt32, flagsExt: UInt16) {
        error.map { (codeIsValid, $0.coreCode) } ?? (0, 0)
    }
}

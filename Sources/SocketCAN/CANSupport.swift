public import LocalFiles

/// What this kernel offers a recorder.
public enum CANSupport {
    /// The receive buffer that the kernel grants a CAN socket which asks for `size` bytes, as the
    /// kernel counts: twice what it holds. Throws where the kernel has no CAN.
    public static func receiveBuffer(
        asking size: Int = CaptureOptions().receiveBuffer
    ) throws(SystemError) -> Int {
        let socket = try ReceivingSocket.open(on: "any interface")
        return ReceivingSocket.askForBuffer(of: socket, size)
    }

    /// What the kernel charges for a frame in that buffer, in bytes.
    public static let frameCharge = 768
}

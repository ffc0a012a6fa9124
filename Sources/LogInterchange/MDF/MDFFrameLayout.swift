import CANFrame

/// Where the parts of a frame are in the records of one channel group.
struct MDFFrameLayout: Sendable {
    /// How the payload is kept.
    enum Payload: UInt8, Sendable {
        case none
        /// In the record, in so many bytes as it has room for.
        case inRecord
        /// In signal data (SD), where the record says.
        case signalData
        /// In records of another channel group of the same data group (VLSD).
        case channelGroup

        /// Whether its length is not bounded by the record.
        var isElsewhere: Bool { self == .signalData || self == .channelGroup }
    }

    var kind: MDFFrameKind
    var time: MDFTimeScale
    var identifier = MDFField()
    var extended = MDFField()
    var busChannel = MDFField()
    var dataLengthCode = MDFField()
    var dataLength = MDFField()
    /// The length is a DLC, which a table turns into bytes.
    var isLengthCoded = false
    var direction = MDFField()
    /// The direction is text: `Rx` or `Tx`.
    var isDirectionText = false
    var flexible = MDFField()
    var bitRateSwitch = MDFField()
    var errorState = MDFField()
    var errorType = MDFField()
    /// What SocketCAN told of an error, as canlog keeps it beside the standard's fields.
    var errorClass = MDFField()
    /// Which frame of the log it is, as canlog keeps it where a log has several groups.
    var frameNumber = MDFField()

    var payload = Payload.none
    var payloadOffset = 0
    var payloadRoom = 0
    /// In `payload` beyond the record: the offset there, and what it is an offset into.
    var payloadPlace = MDFField()
    var payloadLink: UInt64 = 0
    /// The bus where records do not tell it.
    var defaultBus: UInt32 = 0
}

/// Makes a layout of a channel group's channels.
struct MDFLayoutBuilder {
    let channels: [MDFChannel]
    /// The size of a record without its invalidation bytes.
    let dataBytes: Int
    /// With them.
    let recordSize: Int
    let start: Int64
    /// Names of the group's source, the most telling first.
    var source: [String] = []
    /// The times are in another group (MDF 4.2).
    var hasRemoteMaster = false

    /// Records of frames have at most so many bytes; 64 KiB.
    static let greatestRecord = 1 << 16

    init(channels: [MDFChannel], dataBytes: Int, recordSize: Int, start: Int64) {
        self.channels = channels
        self.dataBytes = dataBytes
        self.recordSize = recordSize
        self.start = start
    }

    /// Why the group cannot be read.
    var fault: String? {
        hasRemoteMaster
            ? "its times are in another group (column storage of MDF 4.2)" : findFault()
    }

    private var frame: MDFChannel? { channels.first(where: \.isFrameStructure) }
    private var master: MDFChannel? {
        channels.first { ($0.kind == .master || $0.kind == .virtualMaster) && $0.isTime }
            ?? channels.first { $0.kind == .master || $0.kind == .virtualMaster }
    }

    private func findFault() -> String? {
        guard dataBytes > 0, recordSize <= Self.greatestRecord else {
            return "its records of \(recordSize) bytes are no frames"
        }
        guard let master else { return "it has no master channel with times" }
        if master.kind == .master, master.type?.isNumber != true || time(of: master) == nil {
            return "its master channel is no number within a record of \(dataBytes) bytes"
        }
        if master.conversion.isOther { return "its times have a conversion that is not linear" }
        let identifier = member("ID")
        if frame.map({ MDFFrameKind(name: $0.name) }) != .error,
            identifier?.field(recordSize: dataBytes) == nil
        {
            return "it has no channel ID within a record of \(dataBytes) bytes"
        }
        return MDFFrameKind(name: frame?.name ?? "") == .data && !hasPayload
            ? "it has no channel DataBytes within a record of \(dataBytes) bytes" : nil
    }

    private var hasPayload: Bool {
        guard let bytes = member("DataBytes") else { return false }
        return switch bytes.kind {
        case .variableLength: bytes.field(recordSize: dataBytes) != nil
        case .fixedLength, .maximumLength:
            bytes.bitOffset == 0 && Int(bytes.byteOffset) < dataBytes
        default: false
        }
    }

    private func time(of master: MDFChannel) -> MDFTimeScale? {
        let field = master.kind == .master ? master.field(recordSize: dataBytes) : nil
        if master.kind == .master {
            guard field != nil, let type = master.type,
                !type.isReal || master.bitCount == 64 || master.bitCount == 32
            else { return nil }
        }
        return MDFTimeScale(
            field, master.type ?? .unsignedLittle, bitCount: master.bitCount,
            factor: master.conversion.factor, summand: master.conversion.summand, start: start)
    }

    /// A part of the frame: a member of the structure, or a channel beside it whose name says so.
    private func member(_ name: String) -> MDFChannel? {
        guard let frame else { return nil }
        return frame.members.first { $0.shortName == name }
            ?? channels.first { $0.shortName == name && $0.isFrameStructure }
    }

    private func field(_ name: String) -> MDFField {
        guard let member = member(name), member.kind != .variableLength else { return MDFField() }
        return member.field(recordSize: dataBytes) ?? MDFField()
    }

    /// The layout; `nil` if there is a ``fault``.
    var layout: MDFFrameLayout? {
        guard fault == nil, let frame, let master,
            let kind = MDFFrameKind(name: frame.name), let time = time(of: master)
        else { return nil }
        var layout = MDFFrameLayout(kind: kind, time: time)
        layout.identifier = field("ID")
        layout.extended = field("IDE")
        layout.busChannel = field("BusChannel")
        layout.dataLengthCode = field("DLC")
        layout.dataLength = field("DataLength")
        layout.isLengthCoded = (member("DataLength")?.bitCount ?? 8) <= 4
        layout.direction = field("Dir")
        if let type = member("Dir")?.type, !type.isNumber {
            layout.isDirectionText = true
            layout.direction.mask = 0xFF
        }
        layout.flexible = field("EDL")
        layout.bitRateSwitch = field("BRS")
        layout.errorState = field("ESI")
        layout.errorType = field("ErrorType")
        for channel in channels where channel.kind == .fixedLength {
            let field = channel.field(recordSize: dataBytes) ?? MDFField()
            if channel.name == MDFOwnChannel.errorClass { layout.errorClass = field }
            if channel.name == MDFOwnChannel.frameNumber { layout.frameNumber = field }
        }
        if !layout.busChannel.isThere { layout.defaultBus = busOfSource }
        placePayload(in: &layout)
        return layout
    }

    private func placePayload(in layout: inout MDFFrameLayout) {
        guard let bytes = member("DataBytes"), layout.kind != .remote, hasPayload else { return }
        switch bytes.kind {
        case .variableLength:
            guard let place = bytes.field(recordSize: dataBytes) else { return }
            layout.payloadPlace = place
            layout.payloadLink = bytes.dataLink
            // Whether it is signal data or a group, is seen when the link is followed.
            layout.payload = .signalData
        case .fixedLength, .maximumLength:
            let offset = Int(bytes.byteOffset)
            layout.payload = .inRecord
            layout.payloadOffset = offset
            layout.payloadRoom = min(Int(bytes.bitCount / 8), dataBytes - offset)
        default: return
        }
    }

    /// The number at the end of a source's name, 2 of `CAN2`; 0 without one.
    private var busOfSource: UInt32 {
        for name in source {
            let digits = name.reversed().prefix { $0.isASCII && $0.isNumber }
            if let number = UInt32(String(digits.reversed())) { return number }
        }
        return 0
    }
}

/// Channels that canlog writes beside those of the standard, which other readers pass over.
enum MDFOwnChannel {
    /// The place of a frame in the log, from 0, over all groups.
    static let frameNumber = "canlog.FrameNumber"
    /// The class of an error frame (`CAN_ERR_*` of linux/can/error.h).
    static let errorClass = "canlog.ErrorClass"
}

public import CANFrame

/// What happened on one channel: how much, how busy it was, what went wrong.
public struct ChannelTraffic: Sendable {
    public let number: UInt8
    public internal(set) var description: ChannelDescription
    /// Data and remote frames.
    public internal(set) var frames: UInt64 = 0
    public internal(set) var errors = ErrorFrameKinds()
    /// Frames known to be missing; those that concern all channels stand in ``TrafficCounter``.
    public internal(set) var lost: UInt64 = 0
    /// Of the controller; `nil` where nothing told it.
    public internal(set) var state: ControllerState?
    public internal(set) var counters: ErrorCounters?
    /// Whether the interface is up; `nil` where nothing told it.
    public internal(set) var isUp: Bool?
    /// Bus time of the first and the last frame; `nil` before one.
    public internal(set) var first: Int64?
    public internal(set) var last: Int64?
    public internal(set) var load: BusLoad
    /// The bit rate in bit/s: as the interface tells it, else as the user does, else ``assumedBitRate``.
    public private(set) var bitRate = assumedBitRate
    /// Whether nobody told the bit rate.
    public private(set) var isBitRateAssumed = true
    /// The data bit rate of CAN FD in bit/s, where somebody told it; else payloads count as if they
    /// were sent at the nominal one.
    public private(set) var dataBitRate: UInt32?

    /// The bit rate where nobody tells it: that of most buses of a car.
    public static let assumedBitRate: UInt32 = 500_000

    /// What the user says of bit rates.
    private let rates: [GivenRate]
    /// Counts up each time that something of this channel went missing.
    var interruption: UInt32 = 0
    /// What the data bits of a CAN FD frame count for, see ``CANFrame/WireLength``.
    var dataRateRatio = 1.0

    init(number: UInt8, origin: Int64, rates: [GivenRate]) {
        self.number = number
        self.rates = rates
        description = ChannelDescription(interface: "can\(number)")
        load = BusLoad(origin: origin)
        takeGivenRates()
    }

    /// Whose clock stamps its frames: the recorder of a merged log, else 256.
    var recorder: Int { description.recorder.map { Int($0) } ?? 256 }

    /// The interface's name.
    public var interface: String { description.interface }

    mutating func describe(_ description: ChannelDescription) {
        self.description = description
        takeGivenRates()
        setRates(description.bitRate, description.dataBitRate)
    }

    /// Those of its own interface, else those of all.
    private mutating func takeGivenRates() {
        for rate in rates where rate.interface == nil { setRates(rate.bitRate, rate.dataBitRate) }
        for rate in rates where rate.interface == interface {
            setRates(rate.bitRate, rate.dataBitRate)
        }
    }

    private mutating func setRates(_ nominal: UInt32?, _ data: UInt32?) {
        if let nominal, nominal > 0 { (bitRate, isBitRateAssumed) = (nominal, false) }
        if let data, data > 0 { dataBitRate = data }
        if let dataBitRate { dataRateRatio = min(1, Double(bitRate) / Double(dataBitRate)) }
    }

    mutating func note(_ kind: BusEvent.Kind) {
        switch kind {
        case .channel(let description): describe(description)
        case .interfaceSettings(let settings): setRates(settings.bitRate, settings.dataBitRate)
        case .loss(let loss):
            lost.add(upToLimit: loss.frames)
            interruption &+= 1
        case .linkUp: isUp = true
        case .linkDown, .linkGone:
            isUp = false
            interruption &+= 1
        case .controllerState(let state): take(state)
        case .restarted: take(.errorActive)
        case .errorCounters(let counters): self.counters = counters
        default: break
        }
    }

    /// What an error frame says; a log of others has no events beside it.
    mutating func takeErrorFrame(_ row: FrameRow) {
        errors.add(errorClass: row.identifier.number)
        let report = ErrorFrameReport(
            errorClass: row.identifier.number, payload: row.isShort ? row.payloadWord : 0)
        if let state = report.state { take(state) }
        if let counters = report.counters { self.counters = counters }
    }

    private mutating func take(_ state: ControllerState) {
        // A controller that is off the bus hears nothing.
        if state == .busOff { interruption &+= 1 }
        self.state = state
    }
}

/// What the user says of the bit rates of an interface, `nil` for all, that does not tell them itself.
public struct GivenRate: Sendable, Hashable {
    public var interface: String?
    public var bitRate: UInt32?
    public var dataBitRate: UInt32?

    public init(interface: String?, bitRate: UInt32? = nil, dataBitRate: UInt32? = nil) {
        self.interface = interface
        self.bitRate = bitRate
        self.dataBitRate = dataBitRate
    }
}

/// The frames of one identifier on one channel.
public struct StreamTraffic: Sendable {
    public let channel: UInt8
    public let identifier: PackedID
    public let expectation: StreamExpectation
    public internal(set) var timing = StreamTiming()
    /// The least and the greatest payload in bytes.
    public internal(set) var shortestPayload: UInt8
    public internal(set) var longestPayload: UInt8
    /// Frames whose payload has another length than the database's.
    public internal(set) var otherLengths: UInt64 = 0

    init(_ row: FrameRow, _ expectation: StreamExpectation) {
        (channel, identifier) = (row.channel, row.identifier)
        self.expectation = expectation
        (shortestPayload, longestPayload) = (row.length, row.length)
    }

    mutating func add(
        _ row: FrameRow, at time: Int64, interruption: UInt32, keepsDistribution: Bool
    ) {
        timing.add(
            time, interruption: interruption, cycle: expectation.cycle,
            keepsDistribution: keepsDistribution)
        shortestPayload = min(shortestPayload, row.length)
        longestPayload = max(longestPayload, row.length)
        if expectation.length >= 0, Int(row.length) != expectation.length { otherLengths &+= 1 }
    }
}

/// What a database says of the frames of one identifier.
public struct StreamExpectation: Sendable, Hashable {
    /// The place of the database among those that are bound, and of the message in it; `nil` where
    /// no message has the identifier.
    public var database: Int?
    public var message: Int?
    /// The cycle time in nanoseconds, or 0.
    public var cycle: Int64 = 0
    /// The length of the payload in bytes, or -1.
    public var length = -1

    /// Nothing is expected.
    public init() {}
}

import CANFrame
import CANTransport
import TestBench
import Testing

@Suite("ISO-TP connection")
struct ISOTPConnectionTests {
    private static func room(
        _ left: ISOTPConnection.Options = .init(padding: nil),
        _ right: ISOTPConnection.Options = .init(padding: nil)
    ) -> ISOTPRoom {
        ISOTPRoom(.normal(0x7E0), .normal(0x7E8), left, right)
    }

    /// What can-utils' `isotpsend -s 7E0 -d 7E8` puts on a bus for these bytes.
    @Test("frames are laid out as the kernel lays them out")
    func layout() throws {
        var room = Self.room()
        try room.left.send([0x22, 0xF1, 0x90].span, at: 0)
        room.settle()
        try room.left.send([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14].span, at: room.now)
        room.settle()
        #expect(
            room.frames.map(\.payload) == [
                bytes("0322F190"), bytes("100E010203040506"), bytes("300000"),
                bytes("210708090A0B0C0D"), bytes("220E"),
            ])
        #expect(room.toRight.count == 2)
        #expect(room.failures == [])
    }

    @Test("frames are padded where that is wanted, and CAN FD frames to the next length there is")
    func padding() throws {
        var room = Self.room(.init(padding: 0xAA))
        try room.left.send([0x3E, 0x80].span, at: 0)
        room.settle()
        #expect(room.frames[0].payload == bytes("023E80AAAAAAAAAA"))
        var wide = Self.room(.init(isFD: true, size: 64, padding: nil), .init(isFD: true, size: 64))
        try wide.left.send([UInt8](repeating: 1, count: 9).span, at: 0)
        wide.settle()
        #expect(wide.frames[0].payload == bytes("0009") + [UInt8](repeating: 1, count: 9) + [0xCC])
        #expect(wide.frames[0].flags.isFD)
    }

    @Test("both sides of all addressings and formats understand each other", arguments: 0..<60)
    func roundTrips(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let (left, right) = ISOTPAddress.pairs[Int(seed) % ISOTPAddress.pairs.count]
        let isFD = seed % 2 == 1
        var room = ISOTPRoom(
            left, right, .random(isFD: isFD, by: &generator),
            .random(isFD: isFD, by: &generator))
        var (sentRight, sentLeft): ([[UInt8]], [[UInt8]]) = ([], [])
        for _ in 0..<10 {
            let lengths = [1...12, 1...70, 60...300, 4_090...4_100]
            for isLeft in [true, false] {
                let length = Int.random(
                    in: lengths.randomElement(using: &generator) ?? 1...1, using: &generator)
                let payload = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
                if isLeft {
                    try room.left.send(payload.span, at: room.now)
                    sentRight.append(payload)
                } else {
                    try room.right.send(payload.span, at: room.now)
                    sentLeft.append(payload)
                }
            }
            // Both directions at once.
            room.settle()
        }
        #expect(room.toRight == sentRight)
        #expect(room.toLeft == sentLeft)
        #expect(room.heard.count == 20)
        #expect(Set(room.heard) == Set(sentLeft + sentRight))
        // Whoever listens finds every rule kept.
        #expect(room.failures == [])
        #expect(room.failureKinds == [])
    }

    @Test("a lost frame is a failure of one side or both, never a wrong message", arguments: 0..<60)
    func drops(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed &+ 1_000)
        var room = Self.room(
            .random(isFD: false, by: &generator), .random(isFD: false, by: &generator))
        var sent: [[UInt8]] = []
        for round in 0..<10 {
            let length = Int.random(in: 1...100, using: &generator)
            let payload = (0..<length).map { UInt8(truncatingIfNeeded: $0 &+ round) }
            room.lost.insert(room.frames.count + Int.random(in: 0...20, using: &generator))
            try room.left.send(payload.span, at: room.now)
            sent.append(payload)
            room.settle()
            let isThere = room.toRight.last == payload
            if !isThere && length > 7 {
                #expect(room.failureKinds != [])
            }
            room.right.forgetFailure()
        }
        #expect(room.toRight.allSatisfy { sent.contains($0) })
        #expect(room.heard.allSatisfy { sent.contains($0) })
    }

    @Test(
        "STmin is kept, whatever was asked for",
        arguments: [(0x01, 1_000_000), (0x7F, 127_000_000), (0xF5, 500_000), (0x80, 127_000_000)]
            as [(UInt8, Int64)])
    func separation(byte: UInt8, time: Int64) throws {
        var room = Self.room(.init(), .init(separation: byte))
        try room.left.send([UInt8](repeating: 7, count: 60).span, at: 0)
        room.settle()
        #expect(room.heardMessages[0].smallestGap == time)
        #expect(room.failures == [])
    }

    @Test("with confirmations STmin counts from when a frame was sent, and P2 too")
    func confirmations() throws {
        var options = ISOTPConnection.Options()
        options.awaitsConfirmation = true
        let side = Side(options)
        try side.connection.send([UInt8](repeating: 7, count: 20).span, at: 0)
        let first = try #require(side.next(0))
        side.feed(first, at: 300, isOwn: true)
        side.feed(canFrame("7E8#300005"), at: 500)
        let second = try #require(side.next(500))
        // Not confirmed yet: it waits in the socket's queue.
        #expect(side.next(9_000_000) == nil)
        #expect(side.deadline == 1_000_000_500)
        side.feed(second, at: 10_000_000, isOwn: true)
        #expect(side.deadline == 15_000_000)
        #expect(side.next(14_999_999) == nil)
        let third = try #require(side.next(15_000_000))
        #expect(side.sentTime == nil)
        side.feed(third, at: 15_200_000, isOwn: true)
        #expect(side.sentTime == 15_200_000)
        #expect(side.deadline == nil)
    }

    @Test("a receiver that asks to wait is waited for, up to the limit")
    func waits() throws {
        var slow = ISOTPConnection.Options()
        slow.waits = 3
        slow.waitTime = 900_000_000
        var room = Self.room(.init(), slow)
        let payload = [UInt8](repeating: 9, count: 30)
        try room.left.send(payload.span, at: 0)
        room.settle()
        #expect(room.toRight == [payload])
        #expect(room.heardMessages[0].waits == 3)
        var impatient = ISOTPConnection.Options()
        impatient.waitLimit = 2
        var other = Self.room(impatient, slow)
        try other.left.send(payload.span, at: 0)
        other.settle()
        #expect(other.failureKinds.first == .waitLimit)
    }

    @Test("what is longer than is taken is refused, and the sender is told")
    func overflow() throws {
        var small = ISOTPConnection.Options()
        small.maximumLength = 100
        var room = Self.room(.init(), small)
        try room.left.send([UInt8](repeating: 9, count: 101).span, at: 0)
        room.settle()
        #expect(room.failureKinds == [.overflow, .tooLong])
        #expect(room.failures.map(\.kind) == [.overflow])
        try room.left.send([UInt8](repeating: 9, count: 100).span, at: room.now)
        room.settle()
        #expect(room.toRight.count == 1)
    }

    @Test("nobody answers: N_Bs ends it a second later")
    func silence() throws {
        let side = Side()
        try side.connection.send([UInt8](repeating: 9, count: 30).span, at: 5)
        #expect(side.deadline == 5)
        #expect(side.next(5) != nil)
        #expect(side.deadline == 1_000_000_005)
        #expect(side.next(1_000_000_004) == nil)
        #expect(side.failure == nil)
        #expect(side.next(1_000_000_005) == nil)
        #expect(side.failure == .timeoutBs)
        #expect(side.deadline == nil)
    }

    @Test("one message at a time; and what has no length is not sent")
    func refusals() throws {
        let side = Side()
        #expect(side.refusal([]) == .invalidLength(0))
        #expect(side.refusal([1]) == nil)
        #expect(side.refusal([1]) == .busy)
    }
}

/// A connection by itself: `7E0` to `7E8`. A class, so that expectations may look at it.
private final class Side {
    var connection: ISOTPConnection

    init(_ options: ISOTPConnection.Options = .init()) {
        connection = ISOTPConnection(
            sending: .normal(0x7E0), receiving: .normal(0x7E8), options: options)
    }

    var deadline: Int64? { connection.deadline }
    var sentTime: Int64? { connection.sentTime }
    var failure: ISOTPFailure.Kind? { connection.failure?.kind }

    func next(_ time: Int64) -> Frame? { connection.nextFrame(at: time) }

    func refusal(_ payload: [UInt8]) -> ISOTPError? {
        do throws(ISOTPError) {
            try connection.send(payload.span, at: 0)
            return nil
        } catch {
            return error
        }
    }

    func feed(_ frame: Frame, at time: Int64, isOwn: Bool = false) {
        var frame = frame
        frame.flags.origin = isOwn ? .thisProcess : .received
        var batch = FrameBatch(capacity: 1)
        batch.append(frame)
        _ = connection.take(batch.rows[0], longPayload: batch.longPayload(at: 0), at: time)
    }
}

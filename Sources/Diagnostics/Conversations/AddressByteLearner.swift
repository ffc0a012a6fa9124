import CANFrame
import CANTransport

/// Finds pairs of 11-bit identifiers that put an address byte in front of the protocol's bytes: extended
/// addressing (the receiver's address) and mixed addressing (one extension on both sides).
///
/// A byte in front makes more traffic look like ISO 15765-2 than its rules alone. So more evidence is
/// wanted than of ``AddressLearner``: all frames of both identifiers fit, and two different requests, each
/// with just its answer behind it, come with the same two identifiers and the same two bytes.
struct AddressByteLearner: Sendable {
    /// Who asks whom, and the frames by which it was found.
    struct Finding: Sendable {
        var channel: UInt8
        var pair: AddressPair
        var frames: [CandidateFrames.Entry]
    }

    /// An identifier and the byte in front.
    private struct Side: Sendable, Hashable {
        var identifier: PackedID
        var byte: UInt8
    }

    private struct Request: Sendable {
        var channel: UInt8
        var side: Side
        var head: MessageHead
        var time: Int64
        var isLong: Bool
    }

    private struct Key: Sendable, Hashable {
        var channel: UInt8
        var request: Side
        var response: Side
    }

    /// The request that was answered first.
    private struct Sighting: Sendable {
        var head: MessageHead
        var time: Int64
    }

    private var memory = CandidateFrames()
    private var requests: [Request] = []
    private var sightings: [Key: Sighting] = [:]

    private static let maximumRequests = 64
    private static let maximumSightings = 1_024
    private static let window: Int64 = 250_000_000
    private static let longWindow: Int64 = 2_000_000_000
    private static let neededStrength = 2

    /// Takes a frame whose identifier, or address byte, has no role; the pair that it makes certain.
    mutating func take(
        _ row: FrameRow, longPayload: Span<UInt8>, number: UInt64, at time: Int64,
        _ trust: inout CandidateTrust
    ) -> Finding? {
        guard !row.identifier.isExtended, row.length > 2 else { return nil }
        guard
            let glance = trust.take(
                FrameGlance(row, longPayload: longPayload, hasAddressByte: true),
                needsEvenPadding: true)
        else { return nil }
        memory.add(row, longPayload, number: number, at: time)
        guard let head = glance.head else { return nil }
        let side = Side(identifier: row.identifier, byte: row.byte(at: 0, longPayload))
        guard head.isAnswer else {
            if requests.count == Self.maximumRequests { requests.removeFirst() }
            requests.append(
                Request(
                    channel: row.channel, side: side, head: head, time: time,
                    isLong: glance.frame.isFirst))
            return nil
        }
        return note(head, of: side, row.channel, at: time)
    }

    /// Notes an answer; the pair if this is the second of it.
    private mutating func note(
        _ head: MessageHead, of side: Side, _ channel: UInt8, at time: Int64
    ) -> Finding? {
        requests.removeAll { time &- $0.time > Self.longWindow }
        let matching = requests.filter { request in
            let age = time &- request.time
            return request.channel == channel && request.side.identifier != side.identifier
                && age >= 0 && age <= (request.isLong ? Self.longWindow : Self.window)
                && request.head.strength(of: head) >= Self.neededStrength
        }
        // Where several wait for the same answer nothing is learned from it.
        guard let request = matching.last, matching.allSatisfy({ $0.side == request.side }) else {
            return nil
        }
        let key = Key(channel: channel, request: request.side, response: side)
        guard let first = sightings[key] else {
            if sightings.count < Self.maximumSightings {
                sightings[key] = Sighting(head: request.head, time: request.time)
            }
            return nil
        }
        guard first.head != request.head else { return nil }
        sightings[key] = nil
        return finding(key, since: first.time)
    }

    private func finding(_ key: Key, since time: Int64) -> Finding {
        let (request, response) = (key.request, key.response)
        let asked = ArbitrationID(request.identifier)
        let answers = ArbitrationID(response.identifier)
        let pair =
            request.byte == response.byte
            ? AddressPair(
                request: .mixed(asked, extension: request.byte),
                response: .mixed(answers, extension: response.byte))
            : AddressPair(
                request: .extended(asked, target: request.byte),
                response: .extended(answers, target: response.byte))
        let frames = memory.frames(
            of: [request.identifier, response.identifier], channel: key.channel, since: time
        ).filter { entry in
            let byte = entry.row.byte(at: 0, entry.longPayload.span)
            return (entry.row.identifier == request.identifier && byte == request.byte)
                || (entry.row.identifier == response.identifier && byte == response.byte)
        }
        return Finding(channel: key.channel, pair: pair, frames: frames)
    }
}

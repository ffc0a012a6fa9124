import CANFrame

/// A channel as its block describes it (CNBLOCK, MDF 4.1, 5.16), with what its links lead to.
struct MDFChannel: Sendable {
    /// `cn_type`: how the channel's values are stored.
    enum Kind: UInt8, Sendable {
        case fixedLength = 0
        case variableLength = 1
        case master = 2
        case virtualMaster = 3
        case synchronisation = 4
        case maximumLength = 5
        case virtual = 6
    }

    /// A linear conversion (`cc_type` 1), or one that changes nothing.
    struct Conversion: Sendable {
        var factor = 1.0
        var summand = 0.0
        /// Of another kind, which is not applied.
        var isOther = false
    }

    var name: String
    var kind: Kind
    /// `nil` for types that no channel of interest has.
    var type: MDFDataType?
    var bitOffset: UInt8
    var byteOffset: UInt32
    var bitCount: UInt32
    /// `cn_data`: signal data of a variable length, or the channel group that has it.
    var dataLink: UInt64
    var conversion: Conversion
    /// Whether the channel counts time (`cn_sync_type` 1).
    var isTime: Bool
    /// The channels of the structure that this channel is.
    var members: [MDFChannel] = []

    /// The part of the name behind the last dot: `ID` of `CAN_DataFrame.ID`.
    var shortName: Substring { name.split(separator: ".").last ?? "" }

    /// Where the bits are in a record of `size` bytes; `nil` where they are not in it.
    func field(recordSize: Int) -> MDFField? {
        if kind == .virtual {
            guard conversion.factor == 0, conversion.summand >= 0,
                let constant = UInt64(exactly: conversion.summand)
            else { return nil }
            return MDFField(constant: constant)
        }
        guard let type else { return nil }
        return MDFField(
            offset: byteOffset, bitOffset: bitOffset, bitCount: bitCount,
            isBigEndian: type.isBigEndian, recordSize: recordSize)
    }
}

/// Reads chains of channels. Each block is read once, so that chains that run in a circle end.
struct MDFChannelReader: Sendable {
    /// How many channels a file may describe; 1,048,576.
    static let limit = 1 << 20

    let blocks: MDFBlockReader
    private(set) var seen: Set<UInt64> = []

    init(_ blocks: MDFBlockReader) { self.blocks = blocks }

    /// Takes note of a block; thrown if it was there before.
    mutating func visit(_ block: MDFBlock) throws(MDFError) {
        guard seen.insert(block.offset).inserted else {
            throw blocks.damage(
                block.kind.name + " block", at: block.offset, "the links run in a circle")
        }
        guard seen.count <= Self.limit else {
            throw blocks.damage(
                block.kind.name + " block", at: block.offset,
                "the file describes more than \(Self.limit) groups and channels")
        }
    }

    /// The channels from `first` on, at most `count` of them.
    mutating func channels<Source: ByteSource & ~Copyable>(
        from first: UInt64, atMost count: Int = .max, depth: Int = 0, in source: borrowing Source
    ) throws(MDFError) -> [MDFChannel] {
        var channels: [MDFChannel] = []
        var next = first
        while next != 0 && channels.count < count {
            let block = try blocks.block(at: next, [.channel], in: source)
            try visit(block)
            let links = try blocks.links(of: block, count: 8, in: source)
            next = links[0]
            if let channel = try channel(block, links, depth, in: source) {
                channels.append(channel)
            }
        }
        return channels
    }

    private mutating func channel<Source: ByteSource & ~Copyable>(
        _ block: MDFBlock, _ links: [UInt64], _ depth: Int, in source: borrowing Source
    ) throws(MDFError) -> MDFChannel? {
        let data = try blocks.data(of: block, count: 72, in: source)
        guard let kind = MDFChannel.Kind(rawValue: data.byte(0)) else { return nil }
        var channel = MDFChannel(
            name: try blocks.text(at: links[2], in: source), kind: kind,
            type: MDFDataType(rawValue: data.byte(2)), bitOffset: data.byte(3),
            byteOffset: data.integer(4), bitCount: data.integer(8), dataLink: links[5],
            conversion: try conversion(at: links[4], in: source),
            isTime: data.byte(1) == 1)
        // The composition is a structure, or an array (CA), which frames do not have.
        if links[1] != 0, depth < 4, channel.isFrameStructure || depth > 0 {
            let isStructure =
                (try? blocks.block(at: links[1], [.channel], in: source)) != nil
            if isStructure {
                channel.members = try channels(from: links[1], depth: depth + 1, in: source)
            }
        }
        return channel
    }

    private func conversion<Source: ByteSource & ~Copyable>(
        at offset: UInt64, in source: borrowing Source
    ) throws(MDFError) -> MDFChannel.Conversion {
        guard offset != 0 else { return MDFChannel.Conversion() }
        let block = try blocks.block(at: offset, [.conversion], in: source)
        let data = try blocks.data(of: block, count: 40, in: source)
        switch data.byte(0) {
        case 0: return MDFChannel.Conversion()
        case 1 where data.integer(6, UInt16.self) >= 2:
            return MDFChannel.Conversion(factor: data.real(32), summand: data.real(24))
        default: return MDFChannel.Conversion(isOther: true)
        }
    }
}

extension MDFChannel {
    /// Whether the name is that of a bus event's structure, as `CAN_DataFrame` or `LIN_Frame`.
    var isFrameStructure: Bool { MDFFrameKind(name: name) != nil }
}

/// The structures of bus logging that are read (ASAM MDF Bus Logging).
enum MDFFrameKind: UInt8, Sendable {
    case data
    case remote
    case error

    /// The structure that a channel's name is of, with a path before it or not.
    init?(name: String) {
        let part = name.split(separator: ".").first { $0.hasPrefix("CAN_") }
        switch part {
        case "CAN_DataFrame": self = .data
        case "CAN_RemoteFrame": self = .remote
        case "CAN_ErrorFrame": self = .error
        default: return nil
        }
    }
}

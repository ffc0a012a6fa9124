import CANFrame
import SignalDatabase
import TestBench

/// Databases of random signals, and frames of any length for them.
struct RandomDatabase {
    /// What a slow reference needs to know of a signal.
    struct Layout {
        var start: Int
        var length: Int
        var order: Signal.ByteOrder
        var isSigned: Bool
        var factor: Double
        var offset: Double
    }

    private(set) var text = ""
    private(set) var layouts: [[Layout]] = []
    private var annotations = "BA_DEF_ BO_ \"VFrameFormat\" ENUM \"A\",\"B\",\"C\",\"J1939PG\";\n"
    private var random: SeededGenerator

    private static let factors = [1, 0.1, -0.5, 1e-3, 0.39215686274509803]
    private static let offsets = [0, -40, 0.3, 1e6]
    static let sizes = [8, 8, 8, 8, 5, 1, 12, 64]

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        for index in Self.sizes.indices { addMessage(index) }
        text += annotations
    }

    /// Messages 0 to 3 have 8 bytes: plain ones, with a multiplexer, with two, and of J1939.
    private mutating func addMessage(_ index: Int) {
        let size = Self.sizes[index]
        let number = index == 3 ? 0x98FE_F300 : UInt32(index)
        text += "BO_ \(number) M\(index): \(size) X\n"
        if index == 3 { annotations += "BA_ \"VFrameFormat\" BO_ \(number) 3;\n" }
        var own: [Layout] = []
        for signal in 0..<Int.random(in: 1...20, using: &random) {
            let isWide = index > 3 && Bool.random(using: &random)
            let layout = layout(bits: size * 8, longest: min(size * 8, isWide ? 64 : 52))
            own.append(layout)
            var role = ""
            if index == 1 || index == 2 {
                role = signal == 0 ? " M" : " m\(Int.random(in: 0...3, using: &random))"
                if index == 2, signal == 1 { role += "M" }
            }
            if role == " m3" { role = "" }
            text +=
                " SG_ S\(signal)\(role) : \(layout.start)|\(layout.length)@"
                + (layout.order == .bigEndian ? "0" : "1") + (layout.isSigned ? "-" : "+")
                + " (\(layout.factor),\(layout.offset)) [0|0] \"\" X\n"
        }
        layouts.append(own)
    }

    private mutating func layout(bits: Int, longest: Int) -> Layout {
        while true {
            let layout = Layout(
                start: Int.random(in: 0..<bits, using: &random),
                length: Int.random(in: 1...longest, using: &random),
                order: Bool.random(using: &random) ? .bigEndian : .littleEndian,
                isSigned: Bool.random(using: &random),
                factor: Self.factors[Int(random.next() % 5)],
                offset: Self.offsets[Int(random.next() % 4)])
            let start =
                layout.order == .littleEndian
                ? layout.start : layout.start & ~7 | (7 - layout.start & 7)
            // A few reach beyond the message.
            let isInside = start + layout.length <= bits
            if isInside || Int.random(in: 0..<16, using: &random) == 0 { return layout }
        }
    }

    /// Frames of all messages and of none, with few bits changing, some short and some long.
    mutating func batch(count: Int) -> FrameBatch {
        var batch = FrameBatch(capacity: count)
        var last = Self.sizes.map { [UInt8](repeating: 0, count: $0) }
        while batch.count < count {
            let index = Int.random(in: 0..<Self.sizes.count, using: &random)
            let kind = Int.random(in: 0..<20, using: &random)
            if kind > 2 {
                let bit = Int.random(in: 0..<Self.sizes[index] * 8, using: &random)
                last[index][bit >> 3] ^= UInt8.random(in: 1...255, using: &random)
            }
            var payload = last[index]
            if kind == 3 { payload = Array(payload.prefix(Int(random.next() % 9))) }
            if kind == 4 { payload += payload.prefix(4) }
            let number: UInt32 =
                index == 3
                ? 0x98FE_F300 | UInt32(random.next() % 3) : kind == 5 ? 0x700 : UInt32(index)
            batch.append(
                Frame(
                    timestamp: Timestamp(nanoseconds: Int64(batch.count)),
                    identifier: PackedID(rawValue: kind == 6 ? number | 1 << 30 : number),
                    channel: UInt8(kind == 7 ? 1 : 0),
                    payload: Array((kind == 6 ? [] : payload).prefix(64))))
        }
        return batch
    }
}

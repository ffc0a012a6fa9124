import CLinuxCAN

/// The program by which the kernel chooses what comes into the packet ring (classic BPF): frames of
/// CAN interfaces, and of those what the filters let pass.
struct FilterProgram {
    /// What the kernel takes at most (`BPF_MAXINSNS`).
    static let maximumLength = 4_096
    private static let acceptAll: UInt32 = 0x7FFF_FFFF
    /// A conditional jump goes at most 255 instructions ahead, so accepting stands this often.
    private static let reach = 200

    private(set) var instructions: [sock_filter] = []

    /// How many interfaces are left out at most; others are left out later.
    private static let maximumIgnored = 64

    /// The program for these options: for frames, or for the copies of those that this host sends.
    init(_ options: CaptureOptions, isOutgoing: Bool = false, ignoring links: [Int32] = []) {
        if isOutgoing {
            load(ancillary: SKF_AD_PKTTYPE)
            when(UInt32(PACKET_OUTGOING), skip: 1)
            give(0)
        }
        // Only a CAN interface, and of its protocols not CAN XL.
        load(ancillary: SKF_AD_HATYPE)
        unless(UInt32(ARPHRD_CAN), skip: 3)
        load(ancillary: SKF_AD_PROTOCOL)
        when(UInt32(ETH_P_CAN), skip: 2)
        when(UInt32(ETH_P_CANFD), skip: 1)
        give(0)
        leaveOut(links.prefix(Self.maximumIgnored))
        guard !options.filters.isEmpty || !options.includesErrorFrames else {
            give(Self.acceptAll)
            return
        }
        append(BPF_LD | BPF_W | BPF_ABS, 0)  // can_id
        // CAN_ERR_FLAG
        append(BPF_JMP | BPF_JSET | BPF_K, Self.loaded(0x2000_0000), ifFalse: 1)
        give(options.includesErrorFrames ? Self.acceptAll : 0)
        if options.filters.isEmpty {
            give(Self.acceptAll)
        } else {
            appendFilters(options.filters)
        }
    }

    private mutating func leaveOut(_ links: ArraySlice<Int32>) {
        guard !links.isEmpty else { return }
        load(ancillary: SKF_AD_IFINDEX)
        for link in links {
            unless(UInt32(bitPattern: link), skip: 1)
            give(0)
        }
    }

    /// Those with the same mask follow one another, so that the mask is applied once.
    private mutating func appendFilters(_ filters: [CaptureFilter]) {
        append(BPF_MISC | BPF_TAX, 0)
        let sorted = Set(filters).sorted {
            ($0.mask, $0.identifier, $0.isInverted ? 1 : 0)
                < ($1.mask, $1.identifier, $1.isInverted ? 1 : 0)
        }
        var pending: [(place: Int, isInverted: Bool)] = []
        var mask: UInt32?
        for filter in sorted {
            if filter.mask != mask {
                append(BPF_MISC | BPF_TXA, 0)
                append(BPF_ALU | BPF_AND | BPF_K, Self.loaded(filter.mask))
                mask = filter.mask
            }
            pending.append((instructions.count, filter.isInverted))
            append(BPF_JMP | BPF_JEQ | BPF_K, Self.loaded(filter.identifier))
            if instructions.count - pending[0].place >= Self.reach { accept(&pending) }
        }
        if !pending.isEmpty { accept(&pending) }
        give(0)
    }

    /// Lets those pass that jump here from `pending`; who comes here step by step goes on.
    private mutating func accept(_ pending: inout [(place: Int, isInverted: Bool)]) {
        append(BPF_JMP | BPF_JA, 1)
        for (place, isInverted) in pending {
            let distance = UInt8(instructions.count - place - 1)
            instructions[place].jt = isInverted ? 0 : distance
            instructions[place].jf = isInverted ? distance : 0
        }
        give(Self.acceptAll)
        pending.removeAll()
    }

    // MARK: Instructions

    private mutating func append(
        _ code: CInt, _ operand: UInt32, ifTrue: UInt8 = 0, ifFalse: UInt8 = 0
    ) {
        instructions.append(
            sock_filter(code: UInt16(code), jt: ifTrue, jf: ifFalse, k: operand))
    }

    /// Loads what the kernel knows of a packet beside its bytes.
    private mutating func load(ancillary: CInt) {
        append(BPF_LD | BPF_W | BPF_ABS, UInt32(bitPattern: SKF_AD_OFF + ancillary))
    }

    private mutating func when(_ value: UInt32, skip count: UInt8) {
        append(BPF_JMP | BPF_JEQ | BPF_K, value, ifTrue: count)
    }

    private mutating func unless(_ value: UInt32, skip count: UInt8) {
        append(BPF_JMP | BPF_JEQ | BPF_K, value, ifFalse: count)
    }

    /// Ends with this many bytes of the packet to be taken; 0 for none.
    private mutating func give(_ bytes: UInt32) {
        append(BPF_RET | BPF_K, bytes)
    }

    /// A word of `can_frame` as a load sees it: the frame has it in the host's order.
    private static func loaded(_ word: UInt32) -> UInt32 { word.bigEndian }
}

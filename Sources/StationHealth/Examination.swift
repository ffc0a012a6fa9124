import LocalFiles
import SocketCAN

/// Looks at everything on which a shift of recording depends.
public struct Examination {
    private let setup: StationSetup
    private let service: ServiceState
    private let links: [Link]?

    /// Looks at the service and the interfaces, on which other findings depend.
    public init(of setup: StationSetup) {
        self.setup = setup
        service = ServiceState(unit: setup.service + ".service")
        links = try? LinkMonitor().table.canLinks
    }

    /// What was found, in the order in which one thing needs another.
    public func findings() -> [Finding] {
        var findings = [kernel(), packetKernel()].compactMap { $0 }
        findings += InterfaceFindings(links, setup).all
        findings += RightsFindings(service, own: ProcessRights.capabilities()).all
        findings.append(receiveBuffer())
        findings.append(lockedMemory())
        findings += DiskFindings(setup, load: load, user: service.user).all()
        findings.append(ClockFinding.of(HostClock.synchronisation()))
        findings += ServiceFindings(service, setup, RecorderAnswer.all()).all
        findings += LeftoverFindings.of(setup.folder)
        return findings
    }

    private func kernel() -> Finding {
        do throws(SystemError) {
            _ = try CANSupport.receiveBuffer()
            let virtual = Folder.exists("/sys/module/vcan") ? "" : "; vcan is not loaded"
            return Finding("kernel", .ok, "has CAN and its raw sockets" + virtual)
        } catch {
            return Finding(
                "kernel", .fail, "has no CAN: \(error.reason)",
                remedy:
                    "sudo modprobe -a can can_raw; where there is no such module, boot a kernel with CONFIG_CAN"
            )
        }
    }

    /// Said only where it is missing: nobody needs it who has raw sockets.
    private func packetKernel() -> Finding? {
        Folder.exists("/proc/net/packet")
            ? nil
            : Finding(
                "kernel", .warn, "has no packet sockets, so there is no ring to receive by",
                remedy: "sudo modprobe af_packet")
    }

    private func receiveBuffer() -> Finding {
        let limit = (try? TextFile.read("/proc/sys/net/core/rmem_max")).flatMap { text in
            Int(text.filter(\.isNumber))
        }
        return BufferFinding.of(
            granted: try? CANSupport.receiveBuffer(), limit: limit, service: service)
    }

    private func lockedMemory() -> Finding {
        let limit = ProcessRights.lockedMemoryLimit()
        let text = limit.map { "\($0 / 1_024) KiB" } ?? "any amount"
        // Recording locks nothing; replaying locks what it has, so that a page read is no jitter.
        guard let limit, limit < 64 << 20, !ProcessRights.isRoot else {
            return Finding("locked memory", .ok, "this user may lock \(text)")
        }
        return Finding(
            "locked memory", .warn,
            "this user may lock \(text), and replaying on time wants 64 MiB; recording does without",
            remedy: "echo \"$USER - memlock 65536\" | sudo tee /etc/security/limits.d/canlog.conf")
    }

    /// What the buses can bring.
    private var load: BusLoad {
        let names = setup.interfaces
        let rates = (links ?? []).filter { names.contains("any") || names.contains($0.name) }
            .map { $0.bitRate ?? BusLoad.usualBitRate }
        // What is not there yet is taken for usual: at least one bus there will be.
        let absent = max(0, (names.contains("any") ? 1 : names.count) - rates.count)
        return BusLoad(
            bitRates: rates + Array(repeating: BusLoad.usualBitRate, count: absent))
    }
}

/// The most that buses can bring, and what it takes on the disk.
public struct BusLoad: Sendable, Hashable {
    /// Hours of a shift.
    public static let shift = 8.0
    /// Of interfaces that do not tell theirs, in bit/s.
    public static let usualBitRate: UInt32 = 500_000
    /// Bits of a classic data frame of 8 bytes with a standard identifier, with the pause behind it
    /// and no stuff bits (ISO 11898-1): no bus carries more frames with a full payload.
    private static let bitsPerFrame = 111.0
    /// Bytes a frame takes: of real traffic, compacted; of payloads that are noise; in the journal.
    private static let usualBytes = 2.5
    private static let greatestBytes = 12.0
    private static let journalBytes = 7.0

    public var framesPerSecond: Double

    public init(bitRates: [UInt32]) {
        framesPerSecond = bitRates.reduce(0) { $0 + Double($1) } / Self.bitsPerFrame
    }

    /// Bytes of a shift at full load, of traffic as it is.
    public var usualShift: UInt64 { bytes(Self.usualBytes) }
    /// The same if no payload were like another.
    public var greatestShift: UInt64 { bytes(Self.greatestBytes) }
    /// Bytes a second that the disk must take: the journal, and the group made of it.
    public var bytesPerSecond: Double {
        framesPerSecond * (Self.journalBytes + Self.greatestBytes)
    }

    private func bytes(_ perFrame: Double) -> UInt64 {
        UInt64(framesPerSecond * perFrame * Self.shift * 3_600)
    }
}

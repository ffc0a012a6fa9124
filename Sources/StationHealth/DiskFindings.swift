import CANFrame
import LocalFiles
import LogTools

/// What the folder of the logs can take, against what the buses can bring.
struct DiskFindings {
    /// What is written to measure the disk.
    private static let probe = 16 << 20

    private let setup: StationSetup
    private let load: BusLoad
    private let user: String?

    /// `user` is whom the service runs as.
    init(_ setup: StationSetup, load: BusLoad, user: String?) {
        self.setup = setup
        self.load = load
        self.user = user
    }

    func all() -> [Finding] {
        guard Folder.isFolder(setup.folder) else {
            return [
                Finding(
                    "folder", .fail, "\(setup.folder) is not there",
                    remedy: "sudo install -d -m 750 -o \(user ?? "$USER") \(setup.folder)")
            ]
        }
        var findings = [writable()]
        do throws(SystemError) {
            findings += space(try FileSystemSpace(of: setup.folder))
        } catch {
            findings.append(Finding("disk", .notMeasured, "\(error)"))
        }
        do throws(SystemError) {
            findings += speed(try DiskSpeed.measure(in: setup.folder, size: Self.probe))
        } catch {
            findings.append(Finding("disk speed", .notMeasured, "\(error)"))
        }
        return findings
    }

    private func writable() -> Finding {
        let folder = setup.folder
        if let user, user != "root", Folder.isWritable(folder, by: user) == false {
            return Finding(
                "folder", .fail, "\(folder) is not writable for \(user), whom the service runs as",
                remedy: "sudo chown \(user): \(folder)")
        }
        if let user, Folder.isWritable(folder, by: user) == true {
            return Finding("folder", .ok, "\(folder) is writable for \(user)")
        }
        guard Folder.isWritable(folder) else {
            return Finding(
                "folder", .fail, "\(folder) is not writable for this user",
                remedy: "sudo chown $USER \(folder), or record by the service")
        }
        return Finding("folder", .ok, "\(folder) is writable")
    }

    /// What is to be said of the room there is.
    func space(_ space: FileSystemSpace) -> [Finding] {
        let words =
            "\(Self.size(space.free)) free of \(Self.size(space.total)); a shift of "
            + "\(Int(BusLoad.shift)) h at full load takes \(Self.size(load.usualShift)), of noise "
            + Self.size(load.greatestShift)
        let remedy =
            "remove old logs, or let the recorder do it: keep-size in \(setup.file); canlog list \(setup.folder)"
        var findings = [
            space.free < load.usualShift
                ? Finding("disk", .fail, words, remedy: remedy)
                : space.free < load.greatestShift
                    ? Finding("disk", .warn, words, remedy: remedy) : Finding("disk", .ok, words)
        ]
        if let kept = setup.keptBytes, kept > space.total {
            findings.append(
                Finding(
                    "disk", .warn,
                    "old logs may take \(Self.size(kept)), more than the disk has: it will be full before one is removed",
                    remedy: "lower keep-size in \(setup.file)"))
        }
        return findings
    }

    /// What is to be said of how fast it is.
    func speed(_ speed: DiskSpeed) -> [Finding] {
        let milliseconds = { (nanoseconds: Int64) in "\((nanoseconds + 500_000) / 1_000_000) ms" }
        let words =
            "\(Self.size(UInt64(speed.bytesPerSecond)))/s, forced onto the disk in "
            + "\(milliseconds(speed.medianSynchronisation)) (at most \(milliseconds(speed.greatestSynchronisation))); "
            + "the buses can bring \(Self.size(UInt64(load.bytesPerSecond)))/s"
        let remedy = "record onto a local disk: output in \(setup.file)"
        if speed.bytesPerSecond < load.bytesPerSecond {
            return [Finding("disk speed", .fail, words, remedy: remedy)]
        }
        if speed.bytesPerSecond < load.bytesPerSecond * 10
            || speed.greatestSynchronisation > max(setup.synchronizeEvery * 4, 1_000_000_000)
        {
            return [Finding("disk speed", .warn, words, remedy: remedy)]
        }
        return [Finding("disk speed", .ok, words)]
    }

    private static func size(_ bytes: UInt64) -> String {
        for (unit, size) in [("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000)]
            as [(String, UInt64)]
        where bytes >= size {
            let tenths = bytes / (size / 10)
            return tenths >= 100
                ? "\(tenths / 10) \(unit)" : "\(tenths / 10).\(tenths % 10) \(unit)"
        }
        return "\(bytes / 1_000) kB"
    }
}

/// Recordings that were never closed.
enum LeftoverFindings {
    static func of(_ folder: String) -> [Finding] {
        guard Folder.isFolder(folder) else { return [] }
        let logs: [ListedLog]
        do throws(StreamError) {
            logs = try LogListing(folders: [folder], withJournalOnly: true).read(
                where: \.isDoubtful)
        } catch {
            return [Finding("recordings", .notMeasured, "\(error)")]
        }
        guard let first = logs.first else {
            return [Finding("recordings", .ok, "none was left unclosed in \(folder)")]
        }
        let more = logs.count > 1 ? " and \(logs.count - 1) more" : ""
        return [
            Finding(
                "recordings", .warn, "\(first.path)\(more) never closed: a recorder died there",
                remedy: "canlog compact "
                    + logs.prefix(3).map(\.path).joined(separator: " ")
                    + (logs.count > 3 ? " …; canlog list --damaged \(folder)" : ""))
        ]
    }
}

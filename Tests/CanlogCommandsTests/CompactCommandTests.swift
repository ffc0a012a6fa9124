import CANFrame
import Glibc
import LocalFiles
import LogFile
import LogTools
import TestBench
import Testing

/// Verifies the log at `path` in this process.
private func verification(of path: String) throws -> LogVerification {
    var verifier = try LogVerifier(path: path)
    while try verifier.step() {}
    return verifier.result
}

@Suite("canlog compact")
struct CompactCommandTests {
    @Test("makes the journal of a recorder that died a part of the log", arguments: 0...4)
    func recovered(groupsInFile: Int) throws {
        let workshop = try Workshop()
        let path = workshop.folder.path + "/a.canlog"
        let sample = SampleLog()
        try sample.write(to: path, groupsInFile: groupsInFile)
        let dump = try workshop.run("canlog dump a.canlog")
        let before = try verification(of: path)
        #expect(before.state == .recovered || groupsInFile == 4)
        guard groupsInFile < 4 else {
            // Whether a journal was there cannot be known: frames may be missing.
            let result = try workshop.run("canlog compact a.canlog")
            #expect(result.status == 1)
            #expect(
                result.errors
                    == "canlog: a.canlog: left as it is, since it is not complete; `canlog convert` writes what is left to another file\n"
            )
            return
        }
        let result = try workshop.run("canlog compact a.canlog")
        #expect(result.status == 0 && result.errors == "")
        #expect(result.output.hasPrefix("a.canlog: 1,000 frames, "))
        #expect(result.output.contains(", journal included, digest "))
        #expect(try workshop.names == ["a.canlog"])
        let after = try verification(of: path)
        #expect(after.damages == [] && after.state == .closed)
        #expect(after.groups == before.groups && after.metadata == before.metadata)
        #expect(try workshop.run("canlog dump a.canlog") == dump)
        // What a recorder that had closed the log would have written, made compact.
        let closed = workshop.folder.path + "/closed.canlog"
        try sample.write(to: closed)
        #expect(
            try workshop.run("canlog compact closed.canlog && cmp a.canlog closed.canlog").status
                == 0)
    }

    @Test("leaves a log that is small already, and keeps digests, numbers and metadata")
    func twice() throws {
        let workshop = try Workshop(["in.log": LogCommandTests.drive])
        let first = try workshop.run(
            "cat in.log | canlog convert - - --to-format canlog --vin WVWZZZ1JZXW000001 > a.canlog; canlog verify --json a.canlog; canlog compact --json a.canlog; canlog compact --json a.canlog; canlog verify --json a.canlog"
        )
        #expect(first.status == 0)
        let digests = first.lines.map { line in
            line.split { "{,}".contains($0) }.filter { $0.contains("Digest\"") }
        }
        #expect(digests.count == 4 && Set(digests).count == 1 && digests[0].count == 2)
        // Written to a pipe it was not closed; now it is, and need not be written again.
        #expect(first.lines[1].contains("\"outcome\":\"replaced\""))
        #expect(first.lines[2].contains("\"outcome\":\"alreadyCompact\""))
        #expect(try workshop.run("canlog dump a.canlog").output == LogCommandTests.drive)
    }

    @Test("leaves a damaged log and its journal as they are")
    func damaged() throws {
        let workshop = try Workshop()
        try SampleLog().write(to: workshop.folder.path + "/a.canlog", groupsInFile: 2)
        let result = try workshop.run(
            """
            printf '\\377\\0\\377' | dd of=a.canlog bs=1 seek=5000 conv=notrunc status=none
            sha256sum * > before; canlog compact a.canlog; echo $?; sha256sum -c --quiet before
            """)
        #expect(result.lines.first?.hasPrefix("a.canlog: damaged at bytes 4096 to ") == true)
        #expect(
            result.lines[0].hasSuffix("Z") && result.lines[0].contains(": frames 0 to 249 lost"))
        #expect(
            result.lines[1].hasPrefix("a.canlog: damaged in 1 place, 250 frames lost, 750 frames"))
        #expect(result.lines[2] == "1")
        #expect(result.status == 0)
        #expect(
            try workshop.names
                == ["a.canlog", "a.canlog.journal-2", "a.canlog.journal-3", "before"])
    }

    @Test("refuses a log that a recorder holds, and what is no log")
    func refused() throws {
        let workshop = try Workshop(["text.log": LogCommandTests.drive])
        let path = workshop.folder.path + "/a.canlog"
        try SampleLog().write(to: path, groupsInFile: 2)
        _ = try workshop.run("mv a.canlog old")
        var file = try WritableFile(creating: path)
        let old = try ReadableFile(path: workshop.folder.path + "/old")
        let bytes = try old.bytes(at: 0, count: Int(old.byteCount))
        try file.append(bytes.span)
        #expect(try file.lock())
        let held = try workshop.run("canlog compact a.canlog")
        #expect(
            held.errors
                == "canlog: a.canlog: the log is being recorded now; end its recorder first\n"
        )
        #expect(held.status == 2)
        let text = try workshop.run("canlog compact text.log; canlog compact /dev/null")
        #expect(
            text.errors == """
                canlog: text.log: this is not a .canlog file: neither its first 8 bytes nor its footer say so; give a file that canlog wrote, or convert it with `canlog convert`
                canlog: /dev/null: this is no regular file; `canlog convert` writes what it holds to a new log

                """)
        #expect(text.status == 2)
        #expect(try workshop.names.allSatisfy { !$0.hasPrefix(".") })
    }

    @Test("removes what a dead run has left, and lets a living one go on")
    func stale() throws {
        let workshop = try Workshop()
        let path = workshop.folder.path + "/a.canlog"
        try SampleLog().write(to: path, groupsInFile: 2)
        let part = ReplacementFile.partPath(for: path)
        do {
            var other = try WritableFile(creating: part)
            #expect(try other.lock())
            try other.append([1, 2, 3].span)
            let result = try workshop.run("canlog compact a.canlog")
            #expect(
                result.errors
                    == "canlog: \(path): another process writes this log anew at the moment; wait until it has ended\n"
            )
            #expect(result.status == 2 && Folder.exists(part))
        }
        // Its lock went with the descriptor, as with a process that is killed.
        #expect(try workshop.run("canlog compact a.canlog").status == 0)
        #expect(try workshop.names == ["a.canlog"])
    }

    @Test("leaves the old log where the new one finds no room", arguments: [8, 24])
    func fullDisk(blocks: Int) throws {
        let workshop = try Workshop()
        let sample = SampleLog(groups: 20)
        try sample.write(to: workshop.folder.path + "/a.canlog", groupsInFile: 2)
        // A limit on the size of files is what a disk that becomes full looks like to a writer.
        let result = try workshop.run(
            """
            sha256sum a.canlog* > before; (ulimit -f \(blocks); canlog compact a.canlog); echo $?
            sha256sum -c --quiet before
            """)
        #expect(result.output == "2\n" && result.status == 0)
        #expect(
            result.errors.contains(
                "a.canlog: write failed: File too large (errno 27); make room on the disk: the old file stays until the new one is whole; it is as it was\n"
            ))
        #expect(try workshop.names.filter { $0.hasPrefix(".") } == [])
    }

    @Test("keeps the permissions of the log, and replaces what a symbolic link names")
    func permissions() throws {
        let workshop = try Workshop()
        try SampleLog().write(to: workshop.folder.path + "/a.canlog", groupsInFile: 2)
        let result = try workshop.run(
            """
            mkdir links; ln -s ../a.canlog links/b.canlog; chmod 604 a.canlog
            canlog compact links/b.canlog > /dev/null; stat -c %a a.canlog; readlink links/b.canlog; ls -A links
            """)
        #expect(result.output == "604\n../a.canlog\nb.canlog\n")
        #expect(try workshop.names == ["a.canlog", "links"])
    }

    @Test("removes the new file when it is interrupted")
    func interrupted() throws {
        let workshop = try Workshop()
        let path = workshop.folder.path + "/a.canlog"
        let sample = SampleLog(groups: 60, framesPerGroup: 2_000)
        try sample.write(to: path, groupsInFile: 30)
        let part = ReplacementFile.partPath(for: path)
        let program = try Program([canlogPath, "compact", path])
        #expect(waitUntil { Folder.exists(part) })
        program.signal(SIGINT)
        let result = program.wait()
        #expect(result.status == 2)
        #expect(result.errors == "canlog: \(path): interrupted; the log is as it was\n")
        #expect(!Folder.exists(part))
        #expect(try verification(of: path).frames == UInt64(sample.frames))
        #expect(try workshop.names.count == 31)
    }

    @Test("leaves the old or the new log, whole, whenever it is killed")
    func killed() throws {
        // 30 kills; CANLOG_KILLS sets more.
        let rounds = environment("CANLOG_KILLS").flatMap { Int($0) } ?? 30
        let workshop = try Workshop()
        let path = workshop.folder.path + "/a.canlog"
        let sample = SampleLog(groups: 6, framesPerGroup: 600)
        let renew = "rm -f a.canlog*; cp -p ../\(Folder.name(of: workshop.folder.path))/source/* ."
        _ = try workshop.run("mkdir source")
        try sample.write(to: workshop.folder.path + "/source/a.canlog", groupsInFile: 3)
        _ = try workshop.run(renew)
        let whole = try verification(of: path)
        let start = HostClock.monotonic()
        #expect(try workshop.run("canlog compact a.canlog").status == 0)
        let duration = HostClock.monotonic() - start
        var random = SystemRandomNumberGenerator()
        var (old, new) = (0, 0)
        for _ in 0..<rounds {
            _ = try workshop.run(renew)
            let program = try Program([canlogPath, "compact", path])
            let moment = Duration.nanoseconds(
                Int64.random(in: 0...duration * 12 / 10, using: &random))
            // Not to wait for anything: a moment is what is wanted.
            _ = waitUntil(moment) { false }
            program.signal(SIGKILL)
            _ = program.wait()
            let left = try verification(of: path)
            #expect(left.damages == [] && left.groups == whole.groups)
            #expect(left.metadata == whole.metadata && left.events == whole.events)
            switch left.state {
            case .recovered: old += 1
            case .closed: new += 1
            default: Issue.record("the log is \(left.state)")
            }
            // The next run goes on where this one ended, and leaves nothing beside the log.
            #expect(try workshop.run("canlog compact a.canlog").status == 0)
            #expect(try verification(of: path).groups == whole.groups)
            #expect(try workshop.names == ["a.canlog", "source"])
        }
        print("compact was killed \(rounds) times: \(old) old logs, \(new) new ones, all whole")
    }
}

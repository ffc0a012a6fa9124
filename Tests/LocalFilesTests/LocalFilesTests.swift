import CANFrame
import Glibc
import LocalFiles
import Synchronization
import TestBench
import Testing

@Suite("LocalFiles")
struct LocalFilesTests {
    @Test("what was appended and overwritten is read back at any place")
    func roundTrip() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/a"
        var file = try WritableFile(creating: path)
        try file.append([1, 2, 3, 4].span)
        try file.append([5].span)
        try file.overwrite(at: 1, with: [9, 8].span)
        try file.synchronize()
        let reader = try ReadableFile(path: path)
        #expect(reader.byteCount == 5)
        #expect(try reader.bytes(at: 0, count: 10) == [1, 9, 8, 4, 5])
        #expect(try reader.bytes(at: 4, count: 1) == [5])
        #expect(try reader.bytes(at: 77, count: 1) == [])
    }

    @Test("a reader sees the writer's lock as long as the writer lives, and takes none itself")
    func lock() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/a"
        do {
            let writer = try WritableFile(creating: path)
            #expect(try writer.lock())
            let reader = try ReadableFile(path: path)
            let isLocked = reader.isLockedByWriter()
            #expect(isLocked)
        }
        let reader = try ReadableFile(path: path)
        let isLocked = reader.isLockedByWriter()
        #expect(!isLocked)
    }

    @Test("a file that cannot be opened says which, and why in the kernel's words")
    func missing() {
        #expect(throws: SystemError("open", on: "/nowhere/a", code: ENOENT)) {
            _ = try ReadableFile(path: "/nowhere/a")
        }
        #expect(throws: SystemError("open", on: "/", code: EISDIR)) {
            _ = try ReadableFile(path: "/")
        }
        let message = SystemError("open", on: "/nowhere/a", code: ENOENT).description
        #expect(message == "/nowhere/a: open failed: No such file or directory (errno 2)")
    }

    @Test("a file is created once and never over another")
    func exclusive() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/a"
        _ = try WritableFile(creating: path)
        #expect(throws: SystemError("create", on: path, code: EEXIST)) {
            _ = try WritableFile(creating: path)
        }
    }

    @Test("a thread runs its body before join returns")
    func thread() throws {
        let flag = Flag()
        let thread = try WorkerThread("test") { flag.value.store(true, ordering: .releasing) }
        thread.join()
        let wasRun = flag.value.load(ordering: .acquiring)
        #expect(wasRun)
    }

    @Test("two clocks read at one moment lie between readings before and after")
    func tie() {
        let before = (HostClock.realTime(), HostClock.monotonic())
        let tie = HostClock.tie()
        let after = (HostClock.realTime(), HostClock.monotonic())
        #expect(before.1 <= tie.monotonic && tie.monotonic <= after.1)
        #expect(before.0 <= tie.realTime && tie.realTime <= after.0)
    }
}

private final class Flag: Sendable {
    let value = Atomic<Bool>(false)
}

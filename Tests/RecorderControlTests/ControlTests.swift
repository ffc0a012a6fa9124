import Glibc
import LocalFiles
import RecorderControl
import Synchronization
import TestBench
import Testing

@Suite("A recorder's socket")
struct ControlTests {
    @Test(
        "a request keeps its words, whatever they are",
        arguments: ["plain", "two words", "100 %", "a=b", "Tür\n\u{1B}[31m", "", "%20"])
    func lines(text: String) throws {
        let request = ControlRequest("mark", ["text": text, "json": "yes"])
        let line = request.line
        #expect(line.hasSuffix("\n") && !line.dropLast().contains("\n"))
        #expect(ControlRequest(line: Array(line.dropLast().utf8)) == request)
    }

    @Test(
        "what is no request is refused",
        arguments: ["", " ", "MARK", "mark text", "mark =a", "mark a=%4", "mark a=1 a=2", "\u{7F}"])
    func notRequests(text: String) {
        #expect(ControlRequest(line: Array(text.utf8)) == nil)
    }

    @Test("it answers, one after another, whoever asks")
    func answers() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/r.sock"
        let server = try ControlServer(at: path) { ControlReply("heard \($0.word)\n") }
        for _ in 0..<200 {
            let reply = try RecorderSocket.ask(ControlRequest("status"), at: path)
            #expect(reply == ControlReply(status: 0, "heard status\n"))
        }
        server.close()
        #expect(!Folder.exists(path))
    }

    @Test("garbage, half a line, silence and thousands of connections do not stop it")
    func hostile() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/r.sock"
        let count = Mutex(0)
        let server = try ControlServer(at: path) { _ in
            count.withLock { $0 += 1 }
            return ControlReply("ok")
        }
        var held: [LocalConnection] = []
        var random = SystemRandomNumberGenerator()
        for round in 0..<10_000 {
            guard let connection = try? LocalConnection(to: path) else { continue }
            switch round % 4 {
            case 0: break
            case 1: _ = connection.write(Array("statu".utf8)[...])
            case 2:
                let garbage = (0..<1_000).map { _ in UInt8.random(in: 0...255, using: &random) }
                _ = connection.write((garbage + [10])[...])
            default:
                _ = connection.write([UInt8](repeating: 65, count: 20_000)[...])
            }
            held.append(connection)
            if held.count > 200 { held.removeFirst(100) }
            if round % 1_000 == 0 {
                #expect(try RecorderSocket.ask(ControlRequest("status"), at: path)?.text == "ok")
            }
        }
        #expect(try RecorderSocket.ask(ControlRequest("status"), at: path)?.text == "ok")
        server.close()
        #expect(count.withLock { $0 } >= 1)
    }

    @Test("a socket that a dead recorder left is taken over, one that is answered is not")
    func leftOver() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/r.sock"
        let server = try ControlServer(at: path) { _ in ControlReply("first") }
        #expect(throws: SystemError("listen", on: path, code: EADDRINUSE)) {
            _ = try ControlServer(at: path) { _ in ControlReply("second") }
        }
        #expect(try RecorderSocket.ask(ControlRequest("status"), at: path)?.text == "first")
        server.close()
        try succeed([
            "python3", "-c", "import socket; socket.socket(socket.AF_UNIX).bind('\(path)')",
        ])
        #expect(Folder.exists(path))
        let next = try ControlServer(at: path) { _ in ControlReply("third") }
        #expect(try RecorderSocket.ask(ControlRequest("status"), at: path)?.text == "third")
        next.close()
    }
}

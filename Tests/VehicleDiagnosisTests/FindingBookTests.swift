import Testing
import VehicleDiagnosis
import VehicleSpec

@Suite struct FindingBookTests {
    private func finding(
        _ check: String, _ subject: String, at time: Int64 = 0, frame: UInt64? = nil
    ) -> Finding {
        var finding = Finding(
            check: check, subject: subject, severity: .rework, text: "\(check) of \(subject)",
            began: time, opened: time)
        finding.evidence = frame.map { $0...$0 }
        return finding
    }

    @Test func anEpisodeIsOneFinding() {
        var book = FindingBook()
        let place = book.open(finding("range", "PT.Engine.RPM", at: 10, frame: 3))
        book.extend(place, at: 20, frame: 5)
        book.extend(place, at: 30, frame: 9)
        book.close(place, at: 40)
        #expect(book.findings.count == 1)
        #expect(book[place].evidence == 3...9)
        #expect(book[place].occurrences == 3)
        #expect(book[place].began == 10 && book[place].closed == 40)
        #expect(book[place].id == "range/PT.Engine.RPM#1")
    }

    @Test func theNextEpisodeHasTheNextNumber() {
        var book = FindingBook()
        book.close(book.open(finding("range", "A")), at: 1)
        _ = book.open(finding("range", "B"))
        _ = book.open(finding("range", "A", at: 2))
        #expect(book.findings.map(\.id) == ["range/A#1", "range/B#1", "range/A#2"])
        #expect(book.findings[2].closed == nil)
    }

    @Test func whatIsOpenIsNotOpenedAgain() {
        var book = FindingBook()
        let first = book.open(finding("length", "A", frame: 1))
        let second = book.open(finding("length", "A", frame: 7))
        #expect(first == second)
        #expect(book.findings.count == 1)
        #expect(book[first].evidence == 1...7)
        #expect(book.openPlace(of: "length", on: "A") == first)
        #expect(book.openPlace(of: "length", on: "B") == nil)
    }

    @Test func whatIsClosedIsNeitherExtendedNorClosedAgain() {
        var book = FindingBook()
        let place = book.open(finding("length", "A", frame: 1))
        book.close(place, at: 5)
        book.extend(place, at: 6, frame: 2)
        book.close(place, at: 9)
        #expect(book[place].occurrences == 1)
        #expect(book[place].closed == 5)
        #expect(!book.isOpen("length"))
    }

    @Test func whatIsBeyondTheLimitIsCountedByCheck() {
        var book = FindingBook(maximum: 3)
        for number in 0..<10 { _ = book.open(finding("range", "S\(number)")) }
        let place = book.open(finding("length", "L"))
        book.extend(place, at: 1, frame: 1)
        book.close(place, at: 2)
        #expect(book.findings.count == 3)
        #expect(book.unlisted == ["range": 7, "length": 1])
        #expect(book.total == 11)
        #expect(!place.isListed)
    }

    @Test func oneSubjectThatComesAndGoesLeavesRoomForOthers() {
        var book = FindingBook(maximum: 100, maximumEpisodes: 5)
        for time in 0..<50 {
            book.close(book.open(finding("range", "A", at: Int64(time))), at: Int64(time))
        }
        _ = book.open(finding("range", "B"))
        #expect(book.findings.count == 6)
        #expect(book.unlisted == ["range": 45])
    }

    @Test func changesComeInTheirOrderAndOnce() {
        var book = FindingBook()
        let first = book.open(finding("range", "A"))
        let second = book.open(finding("range", "B"))
        book.close(first, at: 3)
        #expect(book.takeChanges() == [.opened(first), .opened(second), .closed(first)])
        #expect(book.takeChanges().isEmpty)
    }

    @Test func anEndBeforeTheBeginningIsTheBeginning() {
        var book = FindingBook()
        let place = book.open(finding("range", "A", at: 100))
        book.close(place, at: 50)
        #expect(book[place].closed == 100)
    }

    @Test func theTextMayBeCompletedAtTheEnd() {
        var book = FindingBook()
        let place = book.open(finding("cycle-time", "A"))
        book.close(place, at: 50, text: "no frame for 3 s")
        #expect(book[place].text == "no frame for 3 s")
    }
}

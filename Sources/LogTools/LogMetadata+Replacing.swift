import LogFile

extension LogMetadata {
    /// Takes over what `given` says of vehicle, specs, station and people; the rest stays.
    ///
    /// A tag replaces all tags of the same key.
    mutating func replace(by given: LogMetadata) {
        if let vin = given.vin {
            self.vin = vin
            vinIsDoubtful = given.vinIsDoubtful
        }
        station = given.station ?? station
        line = given.line ?? line
        operatorName = given.operatorName ?? operatorName
        attempt = given.attempt ?? attempt
        specification = given.specification ?? specification
        let keys = Set(given.tags.map(\.key))
        tags.removeAll { keys.contains($0.key) }
        tags += given.tags
    }
}

import CANFrame

/// The tagged values of the header (LogFile.docc, The header, Metadata fields).
enum MetadataField: UInt64 {
    case program = 1, station, line, operatorName, vin, vinIsDoubtful, attempt, host, source, tag
    case cut, mergedLog, recorder, specification
}

extension LogMetadata {
    /// All values that are there: tag, length, bytes; each once but tags, cuts and merged
    /// logs, which are lists. Those of a merged log's source are nested.
    func encodedFields(isNested: Bool = false) -> [UInt8] {
        var bytes: [UInt8] = []
        func append(_ field: MetadataField, _ body: [UInt8]) {
            bytes.append(varint: field.rawValue)
            bytes.append(varint: UInt64(body.count))
            bytes += body
        }
        func append(_ field: MetadataField, _ text: String?) {
            if let text { append(field, Array(text.utf8)) }
        }
        append(.program, program)
        append(.station, station)
        append(.line, line)
        append(.operatorName, operatorName)
        append(.vin, vin)
        if vinIsDoubtful { append(.vinIsDoubtful, []) }
        if let attempt {
            var body: [UInt8] = []
            body.append(varint: UInt64(attempt))
            append(.attempt, body)
        }
        append(.host, host)
        append(.source, source)
        append(.recorder, recorder)
        if let specification {
            var body: [UInt8] = []
            specification.append(to: &body, isNested: isNested)
            append(.specification, body)
        }
        for tag in tags {
            var body: [UInt8] = []
            body.append(text: tag.key)
            body.append(text: tag.value)
            append(.tag, body)
        }
        for cut in cuts {
            var body: [UInt8] = []
            cut.append(to: &body)
            append(.cut, body)
        }
        for source in sources {
            var body: [UInt8] = []
            source.append(to: &body)
            append(.mergedLog, body)
        }
        return bytes
    }

    /// Reads the metadata of a header, or of the copy of its used part in the index, whose
    /// checksum was right.
    init(decodingHeader bytes: Span<UInt8>) throws(LogError) {
        guard bytes.count >= LogHeader.fixedSize else {
            throw .truncated(
                .header, at: 0,
                missing: UInt64(LogHeader.fixedSize - bytes.count))
        }
        var identifier: [UInt8] = []
        identifier.append(bytes.extracting(16..<32))
        let resolution = bytes.int64(at: 40)
        guard resolution >= 1 else {
            throw .malformed(.header, at: 40, reason: "the resolution is \(resolution) ns")
        }
        let count = bytes.uint32(at: 48)
        let start = LogHeader.fixedSize
        guard count <= UInt32(min(LogHeader.metadataLimit, bytes.count - start)) else {
            throw .malformed(.header, at: 48, reason: "\(count) bytes of metadata")
        }
        self.init(
            recording: RecordingID(identifier) ?? .unknown,
            created: Timestamp(nanoseconds: bytes.int64(at: 32)), resolution: resolution,
            program: "an unnamed program")
        try decode(fields: bytes.extracting(start..<start + Int(count)))
    }

    private mutating func decode(
        fields bytes: Span<UInt8>, isNested: Bool = false
    ) throws(LogError) {
        var cursor = ByteCursor(bytes)
        while cursor.left > 0 {
            let place = UInt64(LogHeader.fixedSize + cursor.offset)
            guard let tag = cursor.varint(), let count = cursor.count(upTo: cursor.left),
                let body = cursor.take(count)
            else { throw .malformed(.header, at: place, reason: "a metadata field is cut short") }
            guard let field = MetadataField(rawValue: tag), !isNested || field != .mergedLog else {
                continue
            }
            guard take(field, body) else {
                throw .malformed(.header, at: place, reason: "metadata field \(tag) is unreadable")
            }
        }
    }

    /// Reads fields that stand within a field; false if one of them is not what it should be.
    mutating func takeFields(of bytes: Span<UInt8>) -> Bool {
        do throws(LogError) {
            // One log is merged of others, and those of none: fields do not go deeper.
            try decode(fields: bytes, isNested: true)
            return true
        } catch {
            return false
        }
    }

    /// Stores one field; false if its bytes are not what it should hold.
    private mutating func take(_ field: MetadataField, _ body: Span<UInt8>) -> Bool {
        var cursor = ByteCursor(body)
        switch field {
        case .vinIsDoubtful: vinIsDoubtful = true
        case .attempt:
            guard let value = cursor.count(upTo: Int(UInt32.max)) else { return false }
            attempt = UInt32(value)
        case .tag:
            guard let key = cursor.text(), let value = cursor.text() else { return false }
            tags.append(Tag(key: key, value: value))
        case .cut:
            guard let cut = Cut(&cursor) else { return false }
            cuts.append(cut)
        case .mergedLog:
            guard let source = Source(&cursor) else { return false }
            sources.append(source)
        case .specification:
            guard let specification = Specification(&cursor) else { return false }
            self.specification = specification
        default:
            guard let text = String(utf8: body) else { return false }
            switch field {
            case .program: program = text
            case .station: station = text
            case .line: line = text
            case .operatorName: operatorName = text
            case .vin: vin = text
            case .host: host = text
            case .recorder: recorder = text
            default: source = text
            }
        }
        return true
    }
}

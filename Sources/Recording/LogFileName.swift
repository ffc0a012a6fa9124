import CANFrame
public import LogFile

/// The name of a log whose user named a folder only: `{vin}_{attempt}_{utc}.canlog`.
public enum LogFileName {
    /// The name for a recording that starts now; what is not known is left out.
    ///
    /// Characters of a scanned VIN that do not belong in a file name become `-`.
    public static func name(for metadata: LogMetadata) -> String {
        var parts: [String] = []
        if let vin = metadata.vin, !vin.isEmpty { parts.append(fileNamePart(vin)) }
        if let attempt = metadata.attempt { parts.append("\(attempt)") }
        parts.append(UTCTime(metadata.created).compactText)
        return parts.joined(separator: "_") + LogFormat.suffix
    }

    private static func fileNamePart(_ text: String) -> String {
        String(
            text.unicodeScalars.prefix(40).map { scalar -> Character in
                let isPlain =
                    ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
                    || ("0"..."9").contains(scalar)
                return isPlain ? Character(scalar) : "-"
            })
    }
}

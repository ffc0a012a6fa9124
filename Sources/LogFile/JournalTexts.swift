import CANFrame

/// Texts come from people and programs; a journal's memory is bounded, so very long ones are cut.
extension BusEvent {
    /// This event, its text cut if it has more than `limit` bytes of UTF-8.
    func cut(toText limit: Int) -> BusEvent {
        var event = self
        switch kind {
        case .marker(let text): event.kind = .marker(text.cut(to: limit))
        case .note(let text): event.kind = .note(text.cut(to: limit))
        case .channel(let description): event.kind = .channel(description.cut(toName: limit))
        default: break
        }
        return event
    }
}

extension ChannelDescription {
    /// This channel, its name cut if it has more than `limit` bytes of UTF-8.
    func cut(toName limit: Int) -> ChannelDescription {
        var description = self
        description.interface = interface.cut(to: limit)
        return description
    }
}

extension String {
    /// This text if it has at most `limit` bytes of UTF-8, else its beginning and an ellipsis.
    fileprivate func cut(to limit: Int) -> String {
        guard utf8.count > limit else { return self }
        var kept = String.UnicodeScalarView()
        var size = "…".utf8.count
        for scalar in unicodeScalars {
            size += UTF8.width(scalar)
            if size > limit { break }
            kept.append(scalar)
        }
        return String(kept) + "…"
    }
}

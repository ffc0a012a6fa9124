import CANFrame
import CLinuxCAN
import Glibc
import LocalFiles

/// A channel of a source: whatever interface bears its name now.
struct Channel {
    var number: UInt8
    var description: ChannelDescription
    /// The interface's number; 0 while there is none.
    var link: Int32 = 0
    var isUp = false
    /// The counters told last; `nil` while there is no interface.
    var statistics: InterfaceStatistics?
    /// What was told of its controller and settings.
    var told = ToldController()

    var name: String { description.interface }

    /// Takes over what the kernel says of the interface; true if that changes the description.
    mutating func describe(_ link: Link, clock: StampClock) -> Bool {
        let before = description
        description = ChannelDescription(
            interface: link.name, bitRate: link.bitRate, dataBitRate: link.dataBitRate, clock: clock
        )
        return description != before
    }
}

extension CANSource {
    /// The channels that a recording of `interfaces` begins with.
    static func channels(
        of interfaces: CaptureInterfaces, in table: LinkTable, _ options: CaptureOptions
    ) throws(SocketCANError) -> [Channel] {
        var channels: [Channel] = []
        let names: [String]
        switch interfaces {
        case .all:
            names = table.canLinks.map(\.name)
            guard !names.isEmpty || options.waitsForAbsent else { throw .noInterfaces }
        case .named(let given): names = given
        }
        guard names.count <= maximumChannels else { throw .tooManyInterfaces(count: names.count) }
        for name in names {
            guard !channels.contains(where: { $0.name == name }) else { throw .namedTwice(name) }
            var channel = Channel(
                number: UInt8(channels.count), description: ChannelDescription(interface: name))
            if let link = table[name: name] {
                guard link.isCAN else { throw .notCAN(name) }
                _ = channel.describe(link, clock: .kernelRealTime)
                channel.link = link.index
                channel.isUp = link.isUp
                channel.statistics = link.statistics
            } else if !options.waitsForAbsent {
                throw .noInterface(name, present: table.canLinks.map(\.name))
            }
            channels.append(channel)
        }
        return channels
    }

    /// As many as a channel's number can tell apart.
    static var maximumChannels: Int { 256 }

    /// Takes note of what happened to interfaces, in order.
    mutating func take(_ changes: [LinkChange], into batch: inout FrameBatch) {
        for change in changes {
            switch change {
            case .appeared(let link):
                arrive(link, into: &batch)
            case .renamed(let link, _):
                if let place = place(ofLink: link.index) { leave(place, link, into: &batch) }
                arrive(link, into: &batch)
            case .vanished(let link):
                if let place = place(ofLink: link.index) { leave(place, link, into: &batch) }
                forget(link)
            case .wentUp(let link), .wentDown(let link):
                if let place = place(ofLink: link.index) { set(place, link, into: &batch) }
            }
        }
    }

    private func place(ofLink link: Int32) -> Int? {
        channelStates.firstIndex { $0.link == link }
    }

    private var now: Timestamp { Timestamp(nanoseconds: clock.latest.realTime) }

    /// An interface is there; it is a channel's if it bears the name.
    private mutating func arrive(_ link: Link, into batch: inout FrameBatch) {
        guard link.isCAN else { return }
        var place = channelStates.firstIndex { $0.name == link.name }
        if place == nil, interfaces == .all, channelStates.count < Self.maximumChannels {
            let number = UInt8(channelStates.count)
            place = channelStates.count
            channelStates.append(
                Channel(number: number, description: ChannelDescription(interface: link.name)))
        }
        if place == nil { ignore(link) }
        guard let place, channelStates[place].link == 0 else { return }
        var stampClock = StampClock.kernelRealTime
        if !hearsAll {
            do throws(SystemError) {
                let socket = try ReceivingSocket(
                    interface: link.name, index: link.index, channel: channelStates[place].number,
                    options: options, sharedBy: channelStates.count, at: clock.latest)
                stampClock = socket.stampClock
                receivers.append(socket)
            } catch {
                // ENODEV: it is gone again, as rtnetlink will tell. Else the next watch tries again.
                if error.code != ENODEV { tellTrouble(error, into: &batch) }
                return
            }
        }
        channelStates[place].link = link.index
        channelStates[place].isUp = false
        channelStates[place].statistics = nil
        map.set(channelStates[place].number, for: link)
        for receiver in receivers { receiver.ignore(map.unwanted) }
        if channelStates[place].describe(link, clock: stampClock) {
            tellChannel(place, into: &batch)
        }
        tellStatistics(place, link, into: &batch)
        if link.isUp {
            set(place, link, into: &batch)
        } else {
            tellController(place, link, into: &batch)
        }
    }

    /// Another interface than those that are wanted, which the ring hears all the same.
    mutating func ignore(_ link: Link) {
        guard hearsAll, link.isCAN else { return }
        map.set(nil, for: link)
        for receiver in receivers { receiver.ignore(map.unwanted) }
    }

    private mutating func forget(_ link: Link) {
        map.remove(link.index)
        for receiver in receivers {
            receiver.forget(link.index)
            receiver.ignore(map.unwanted)
        }
    }

    /// The interface of a channel is gone, or bears another name now.
    private mutating func leave(_ place: Int, _ link: Link, into batch: inout FrameBatch) {
        let number = channelStates[place].number
        for receiver in receivers where receiver.channel == number { receiver.isLeaving = true }
        removeLeft(into: &batch)
        tellStatistics(place, link, into: &batch)
        if channelStates[place].isUp { batch.append(.linkDown, at: now, channel: number) }
        batch.append(.linkGone, at: now, channel: number)
        forget(link)
        channelStates[place].link = 0
        channelStates[place].isUp = false
        channelStates[place].statistics = nil
        channelStates[place].told = ToldController()
    }

    /// Removes the sockets of interfaces that are gone once they have nothing left.
    mutating func removeLeft(into batch: inout FrameBatch) {
        let left = receivers.filter { $0.isLeaving && $0.isEmpty }
        guard !left.isEmpty else { return }
        for receiver in left { tellTailDrops(of: receiver, into: &batch) }
        receivers.removeAll { receiver in left.contains { $0 === receiver } }
    }

    /// The interface of a channel was set up or down.
    private mutating func set(_ place: Int, _ link: Link, into batch: inout FrameBatch) {
        guard channelStates[place].isUp != link.isUp else { return }
        channelStates[place].isUp = link.isUp
        let number = channelStates[place].number
        // A controller that came back has been given its bit rate by now.
        let stampClock = channelStates[place].description.clock
        if link.isUp, channelStates[place].describe(link, clock: stampClock) {
            tellChannel(place, into: &batch)
        }
        batch.append(link.isUp ? .linkUp : .linkDown, at: now, channel: number)
        tellController(place, link, into: &batch)
    }

    // MARK: Telling

    /// What a recording begins with: channels, clocks, counters, and which interface is not up.
    mutating func open(into batch: inout FrameBatch) {
        for place in channelStates.indices { tellChannel(place, into: &batch) }
        for note in receiveNotes { batch.append(.note(note), at: now) }
        tellTie(clock.latest, into: &batch)
        tellSynchronisation(into: &batch)
        for channel in channelStates {
            if let statistics = channel.statistics {
                batch.append(.statistics(statistics), at: now, channel: channel.number)
            }
            if let link = links.table[index: channel.link] {
                tellController(Int(channel.number), link, into: &batch)
            }
            guard !channel.isUp else { continue }
            batch.append(
                channel.link == 0 ? .linkGone : .linkDown, at: now, channel: channel.number)
        }
    }

    /// What is looked at each second, and once more at the end.
    mutating func watch(into batch: inout FrameBatch) {
        askLinks(into: &batch)
        isDeaf = false
        // Before what is gone is taken leave of, its socket is drained once more.
        if pendingChanges.allSatisfy(\.bringsFrames) { takePendingChanges(into: &batch) }
        // An interface that could not be opened when it appeared.
        for channel in channelStates where channel.link == 0 {
            if let link = links.table[name: channel.name] { arrive(link, into: &batch) }
        }
        tellKeeper(into: &batch)
        tellState(into: &batch)
    }

    /// Tells counters, drops and ties; at the end also counters that did not change.
    mutating func tellState(into batch: inout FrameBatch, atEnd: Bool = false) {
        for place in channelStates.indices {
            guard let link = links.table[index: channelStates[place].link] else { continue }
            tellStatistics(place, link, into: &batch, always: atEnd)
            tellController(place, link, into: &batch)
        }
        // While more waits, the frames themselves tell the drops before them, at their place.
        if !isUnfinished { tellTailDrops(into: &batch) }
        lookAtClocks()
        if !clock.needsTie(before: clock.epoch) { tellTie(clock.latest, into: &batch) }
        tellSynchronisation(into: &batch)
    }

    /// Hears what rtnetlink has told; when that fails, the next watch asks.
    mutating func hearLinks(into batch: inout FrameBatch) {
        do throws(SystemError) {
            defer { markPendingChanges() }
            try links.take(into: &pendingChanges)
        } catch {
            isDeaf = true
            tellTrouble(error, into: &batch)
        }
    }

    /// Asks for all interfaces; when that fails, the next watch asks again.
    mutating func askLinks(into batch: inout FrameBatch) {
        do throws(SystemError) {
            pendingChanges += try links.refresh()
            markPendingChanges()
        } catch {
            tellTrouble(error, into: &batch)
        }
    }

    /// What stopped frames is taken note of when those are handed over that came before it.
    private func markPendingChanges() {
        guard !pendingChanges.allSatisfy(\.bringsFrames) else { return }
        for receiver in receivers { receiver.mark() }
    }

    /// Tells, once, of a failed call that is tried again and ends no recording.
    private mutating func tellTrouble(_ error: SystemError, into batch: inout FrameBatch) {
        let text = error.streamError().description
        guard toldTroubles.insert(text).inserted else { return }
        batch.append(.note(text + "; it is tried again each second"), at: now)
    }

    private func tellChannel(_ place: Int, into batch: inout FrameBatch) {
        let channel = channelStates[place]
        batch.append(.channel(channel.description), at: now, channel: channel.number)
    }

    /// Tells counters that changed, and the frames that the controller or its driver lost by them.
    ///
    /// `rx_over_errors` (the controller's queue overran; one count is at least one frame),
    /// `rx_missed_errors` and `rx_dropped` (no memory, or the kernel's backlog was full) all concern
    /// frames that reached no socket, so none of them is counted by a socket as well.
    private mutating func tellStatistics(
        _ place: Int, _ link: Link, into batch: inout FrameBatch, always: Bool = false
    ) {
        let (before, after) = (channelStates[place].statistics, link.statistics)
        guard always || before != after else { return }
        channelStates[place].statistics = after
        let number = channelStates[place].number
        if let before, after.lostFrames > before.lostFrames {
            let lost = after.lostFrames - before.lostFrames
            batch.append(.loss(Loss(cause: .controller, frames: lost)), at: now, channel: number)
        }
        batch.append(.statistics(after), at: now, channel: number)
    }

    private mutating func tellSynchronisation(into batch: inout FrameBatch) {
        guard let state = HostClock.synchronisation(),
            state.isSynchronised != synchronisation?.isSynchronised
        else { return }
        synchronisation = state
        batch.append(.clockSynchronisation(state), at: now)
    }
}

extension InterfaceStatistics {
    /// Frames that reached no socket, as far as the driver and the kernel count them.
    var lostFrames: UInt64 { receiveOverruns &+ receiveMissed &+ receiveDropped }
}

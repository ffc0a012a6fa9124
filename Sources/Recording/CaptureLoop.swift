import CANFrame
import LocalFiles
import LogFile
import Synchronization

/// Reads batches from a source and hands them to the writer, until it is asked to stop.
struct CaptureLoop<Source: FrameSource & ~Copyable>: ~Copyable {
    private var source: Source
    private var account: CaptureAccount
    private let state: RecordingState
    private let deadline: Int64?

    init(source: consuming Source, options: RecordingOptions, state: RecordingState) {
        self.source = source
        self.state = state
        let now = HostClock.monotonic()
        deadline = options.duration.map { now + $0.wholeNanoseconds }
        account = CaptureAccount(options: options, start: now)
    }

    /// Runs until the source ends or fails, a limit is reached, or a stop is requested.
    mutating func run(stopping: () -> Void) {
        var isStopping = false
        reading: while true {
            if !isStopping && shouldStop {
                isStopping = true
                stopping()
            }
            state.noteCaptureAlive(at: HostClock.monotonic())
            guard var batch = state.emptied.take(waiting: .milliseconds(100)) else { continue }
            // Orders that are there now are carried out behind what has arrived by now.
            let orders = state.takeOrders()
            let limit = orders.isEmpty ? Self.readLimit : .zero
            do throws(StreamError) {
                let outcome = try source.read(into: &batch, waiting: limit)
                let now = HostClock.monotonic()
                account.take(&batch, at: now, state: state)
                if batch.isEmpty && orders.isEmpty {
                    state.emptied.put(batch)
                } else {
                    state.filled.put(CapturedBatch(batch: batch, orders: orders, readAt: now))
                }
                if outcome == .ended || account.isComplete { break reading }
            } catch {
                // What had been received before it failed is recorded.
                let now = HostClock.monotonic()
                account.take(&batch, at: now, state: state)
                state.filled.put(CapturedBatch(batch: batch, orders: orders, readAt: now))
                let words = error.description
                state.update { $0.failure = words }
                break reading
            }
        }
        for order in state.closeOrders() {
            order.refuse(StreamError(place: "recorder", cause: "it has ended"))
        }
        state.filled.close()
    }

    /// How long one read may take: so late is an order noticed on a silent bus.
    static var readLimit: Duration { .milliseconds(20) }

    private var shouldStop: Bool {
        if state.stopRequested.load(ordering: .relaxed) { return true }
        return deadline.map { HostClock.monotonic() >= $0 } ?? false
    }
}

/// What is done with each batch on the capture thread: stamps cut to the log's resolution, figures
/// kept, silence noticed.
struct CaptureAccount: ~Copyable {
    private let resolution: Int64
    private var framesLeft: UInt64?
    private var pendingNotes: [String]
    private var silence: SilenceWatch?
    private let start: Int64
    private var channels: [RecordingProgress.Channel] = []
    // By channel; arrays, since an inline one of 256 was copied whole where one element was read.
    private var rateRatios = [Double](repeating: 1, count: 256)
    private var frames = [UInt64](repeating: 0, count: 256)
    private var framesBefore = [UInt64](repeating: 0, count: 256)
    private var wireBits = [UInt64](repeating: 0, count: 256)
    private var errorFrames = [UInt64](repeating: 0, count: 256)
    private var lost: UInt64 = 0
    private var events: UInt64 = 0

    init(options: RecordingOptions, start: Int64) {
        resolution = options.metadata.resolution
        framesLeft = options.frameLimit
        pendingNotes = options.notes
        silence = options.silenceLimit.map { SilenceWatch(limit: $0.wholeNanoseconds) }
        self.start = start
    }

    /// Whether as many frames as were wanted have been taken.
    var isComplete: Bool { framesLeft == 0 }

    /// Does all that is due for one batch that was just read.
    mutating func take(_ batch: inout FrameBatch, at now: Int64, state: RecordingState) {
        if let left = framesLeft {
            if UInt64(batch.count) > left { batch.keepFirst(Int(left)) }
            framesLeft = left - UInt64(batch.count)
        }
        if !pendingNotes.isEmpty, !batch.isEmpty { addNotes(to: &batch) }
        noteEvents(of: batch, at: now, state: state)
        count(&batch)
        watchSilence(&batch, at: now, state: state)
        batch.truncateStamps(to: resolution)
        publish(at: now, state: state)
    }

    private mutating func addNotes(to batch: inout FrameBatch) {
        let time = batch.count > 0 ? batch.rows[0].timestamp : batch.events[0].timestamp
        for note in pendingNotes {
            batch.insert(BusEvent(rowIndex: 0, timestamp: time, channel: nil, kind: .note(note)))
        }
        pendingNotes = []
    }

    private mutating func count(_ batch: inout FrameBatch) {
        let rows = batch.rows
        for index in rows.indices {
            let row = rows[index]
            let channel = Int(row.channel)
            frames[channel] &+= 1
            if row.identifier.isError { errorFrames[channel] &+= 1 }
            wireBits[channel] &+= UInt64(
                WireLength.nominalBits(of: row, dataRateRatio: rateRatios[channel]))
        }
    }

    private mutating func noteEvents(
        of batch: borrowing FrameBatch, at now: Int64, state: RecordingState
    ) {
        var lostNow: UInt64 = 0
        for index in batch.events.indices {
            let event = batch.events[index]
            events += 1
            switch event.kind {
            case .channel(let description): describe(event.channel ?? 0, description, at: now)
            case .loss(let loss):
                lostNow += loss.frames
                if let channel = event.channel { mark(channel) { $0.lost += loss.frames } }
            case .linkUp, .linkDown, .linkGone: changeLink(event, state)
            case .controllerState(let now): changeState(event.channel, now, state)
            case .restarted:
                if let channel = event.channel { state.notify(.restarted(channel: channel)) }
            case .note(let text): if event.channel != nil { state.notify(.note(text)) }
            case .statistics:
                if let channel = event.channel { mark(channel) { $0.hasAppeared = true } }
            default: break
            }
        }
        if lostNow > 0 {
            lost += lostNow
            state.notify(.loss(frames: lostNow))
        }
    }

    private mutating func describe(
        _ channel: UInt8, _ description: ChannelDescription, at now: Int64
    ) {
        mark(channel) {
            $0.interface = description.interface
            $0.bitRate = description.bitRate
        }
        if let rate = description.bitRate, let data = description.dataBitRate, data > 0 {
            rateRatios[Int(channel)] = min(1, Double(rate) / Double(data))
        }
        silence?.expect(channel, at: now)
    }

    private mutating func changeLink(_ event: BusEvent, _ state: RecordingState) {
        guard let channel = event.channel else { return }
        let isUp = event.kind == .linkUp
        let wasUp = Int(channel) < channels.count ? channels[Int(channel)].isUp : true
        mark(channel) {
            $0.isUp = isUp
            if event.kind != .linkGone { $0.hasAppeared = true }
        }
        switch event.kind {
        // The first word of a source about a link that is up is no news.
        case .linkUp: if !wasUp { state.notify(.linkUp(channel: channel)) }
        case .linkGone: state.notify(.linkGone(channel: channel))
        default: state.notify(.linkDown(channel: channel))
        }
    }

    private mutating func changeState(
        _ channel: UInt8?, _ now: ControllerState, _ state: RecordingState
    ) {
        guard let channel else { return }
        let before = Int(channel) < channels.count ? channels[Int(channel)].state : nil
        mark(channel) { $0.state = now }
        // The first word is no news unless it is bad, and that it is down the link tells.
        let isNews = before != nil && before != .stopped && now != .stopped
        let isBad = now == .errorPassive || now == .busOff
        if isNews || isBad { state.notify(.controllerState(channel: channel, now)) }
    }

    private mutating func mark(
        _ channel: UInt8, _ change: (inout RecordingProgress.Channel) -> Void
    ) {
        while channels.count <= Int(channel) { channels.append(RecordingProgress.Channel()) }
        change(&channels[Int(channel)])
    }

    private mutating func watchSilence(
        _ batch: inout FrameBatch, at now: Int64, state: RecordingState
    ) {
        guard silence != nil else { return }
        for channel in channels.indices where frames[channel] != framesBefore[channel] {
            framesBefore[channel] = frames[channel]
            guard case .soundAgain(let number)? = silence?.heard(UInt8(channel), at: now) else {
                continue
            }
            channels[channel].isSilent = false
            state.notify(.soundAgain(channel: number))
        }
        for case .silent(let channel, let length) in silence?.check(at: now) ?? [] {
            channels[Int(channel)].isSilent = true
            state.notify(.silence(channel: channel, length))
            batch.append(.silence(length), at: HostClock.realTime(), channel: channel)
        }
    }

    private borrowing func publish(at now: Int64, state: RecordingState) {
        var channels = channels
        var total: UInt64 = 0
        for index in channels.indices {
            channels[index].frames = frames[index]
            channels[index].wireBits = wireBits[index]
            channels[index].errorFrames = errorFrames[index]
            total += frames[index]
        }
        state.update { progress in
            progress.channels = channels
            progress.frames = total
            progress.lostInCapture = lost
            progress.events = events
            progress.elapsed = now - start
        }
    }
}

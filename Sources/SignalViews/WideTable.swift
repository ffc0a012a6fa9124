import CANFrame
import SignalDatabase

/// How the cells of a table are filled for which a row has no new value.
public enum TableFill: String, Sendable, CaseIterable {
    /// They stay empty.
    case blank
    /// The last value stands there again.
    case hold
}

/// Comma-separated values with a column for each signal: a row for each frame, or for each tick.
struct WideTable {
    struct Options {
        var fill = TableFill.blank
        /// Rows are at multiples of this many nanoseconds, with the last values; `nil` for a row for
        /// each frame.
        var period: Int64?
        /// Whether rows go on while no frame comes for longer than ``silenceLimit``.
        var coversSilence = false
    }

    /// Without being asked, no more rows than for this long repeat what they know already.
    static let silenceLimit: Int64 = 60_000_000_000

    /// Where a stream's cells are.
    private struct Place: BitwiseCopyable {
        /// The first of its columns; -1 where it has none, -2 before that is known.
        var first = -2
        /// How many columns it has, and how many signals.
        var width = 0
        var signals = 0
    }

    private let options: Options
    private let kindCount: Int
    private var plan: TableColumns
    private var time: TimeText
    private var cells = CellTexts(style: .csv)
    /// The columns of each of the reader's streams.
    private var places: [Place] = []
    private var nextTick: Int64?
    private var lastRow: SignalRow?
    /// Whether a cell got a value since the last tick.
    private var isNew: [Bool]
    /// Rows for which there was no column, since another stream has it.
    private(set) var homelessRows: UInt64 = 0
    private(set) var homelessStreams: [Int] = []
    /// Ticks of silences that were left out.
    private(set) var skippedTicks: UInt64 = 0
    private(set) var rows: UInt64 = 0

    init(
        _ plan: TableColumns, time: TimeStyle, databases: BoundDatabases, options: Options
    ) {
        self.plan = plan
        kindCount = plan.kinds.count
        self.time = TimeText(time)
        self.options = options
        for block in plan.blocks {
            let message = databases.databases[block.database].database.messages[block.message]
            for place in block.places {
                for kind in plan.kinds { _ = cells.add(kind, of: message.signals[place]) }
            }
        }
        isNew = Array(repeating: false, count: cells.count)
    }

    /// How many columns of signals there are.
    var columnCount: Int { cells.count }

    func putHeader(to buffer: inout TextBuffer) {
        buffer.put(CSVText.field(time.title))
        for title in plan.titles {
            buffer.put(UInt8(ascii: ","))
            buffer.put(title)
        }
        buffer.put("\r\n")
    }

    /// Writes rows from `first` on until the buffer is full; gives the row to go on with.
    mutating func put(
        _ batch: borrowing SignalBatch, from first: Int, of streams: [SignalStream],
        to buffer: inout TextBuffer
    ) -> Int {
        var index = first
        while index < batch.rows.count, !buffer.isFull {
            let row = batch.rows[index]
            if row.stream >= places.count || places[row.stream].first == -2 {
                find(row.stream, streams[row.stream])
            }
            guard put(row, of: batch, to: &buffer) else { break }
            index += 1
        }
        return index
    }

    /// Writes the row of a frame, or the ticks before it; false if these filled the buffer, so that the
    /// row must be given again.
    @inline(__always)
    private mutating func put(
        _ row: SignalRow, of batch: borrowing SignalBatch, to buffer: inout TextBuffer
    ) -> Bool {
        let place = places[row.stream]
        guard place.first >= 0 else {
            homelessRows += 1
            return true
        }
        if let period = options.period, !putTicks(before: row, period, to: &buffer) {
            return false
        }
        set(row, place, of: batch)
        guard options.period == nil else { return true }
        rows += 1
        time.put(row, to: &buffer)
        if options.fill == .hold {
            putCells(0..<cells.count, to: &buffer)
        } else {
            buffer.put(UInt8(ascii: ","), times: place.first)
            putCells(place.first..<place.first + place.width, to: &buffer)
            buffer.put(UInt8(ascii: ","), times: cells.count - place.first - place.width)
        }
        buffer.put("\r\n")
        return true
    }

    /// Writes the ticks up to the last frame; false if the buffer is full.
    mutating func finish(to buffer: inout TextBuffer) -> Bool {
        guard let period = options.period, let last = lastRow else { return true }
        return putTicks(through: last.time, period, to: &buffer)
    }

    @inline(__always)
    private func putCells(_ range: Range<Int>, to buffer: inout TextBuffer) {
        for cell in range {
            buffer.put(UInt8(ascii: ","))
            cells.put(cell, to: &buffer)
        }
    }

    @inline(never)
    private mutating func find(_ index: Int, _ stream: SignalStream) {
        while places.count <= index { places.append(Place()) }
        guard let block = plan.take(for: stream) else {
            places[index].first = -1
            homelessStreams.append(index)
            return
        }
        places[index] = Place(
            first: plan.blocks[block].first, width: plan.blocks[block].width,
            signals: stream.places.count)
    }

    @inline(__always)
    private mutating func set(
        _ row: SignalRow, _ place: Place, of batch: borrowing SignalBatch
    ) {
        let values = batch.values(of: row, count: place.signals)
        let changes = batch.changes(of: row, count: place.signals)
        let kinds = kindCount
        // Another branch of a multiplexer takes nothing away of what a tick or a held cell shows.
        let keepsAbsent = options.fill == .hold || options.period != nil
        var cell = place.first
        for index in values.indices {
            let value = values[index]
            if changes[index] {
                for step in 0..<kinds {
                    if value.state == .valid || value.state.isPresent && isRaw(step) {
                        cells.set(cell &+ step, to: value)
                    } else if !keepsAbsent || value.state != .absent {
                        cells.clear(cell &+ step)
                    }
                }
            }
            if options.period != nil, value.state != .absent {
                for step in 0..<kinds {
                    isNew[cell &+ step] =
                        value.state == .valid || value.state.isPresent && isRaw(step)
                }
            }
            cell &+= kinds
        }
    }

    /// Raw values stand there for indicators too: an error's and that of "not available".
    private func isRaw(_ step: Int) -> Bool { plan.kinds[step] == .raw }

    // MARK: Ticks

    /// Writes the ticks before a frame; false if the buffer is full, and some are left.
    private mutating func putTicks(
        before row: SignalRow, _ period: Int64, to buffer: inout TextBuffer
    ) -> Bool {
        guard let last = lastRow else {
            nextTick = Self.firstTick(from: row.time, period)
            lastRow = row
            return true
        }
        // Stamps of neighbours step back a little; the time axis does not.
        guard row.time > last.time else { return true }
        // Of any two numbers in order the difference fits without a sign.
        let silence = UInt64(bitPattern: row.time &- last.time)
        let isSkipping = !options.coversSilence && silence > UInt64(Self.silenceLimit)
        guard putTicks(through: isSkipping ? last.time : row.time - 1, period, to: &buffer) else {
            return false
        }
        let first = Self.firstTick(from: row.time, period)
        if isSkipping, let tick = nextTick, first > tick {
            skippedTicks += UInt64(bitPattern: first &- tick) / UInt64(period)
            nextTick = first
        }
        lastRow = row
        return true
    }

    /// Writes ticks up to `end`; false if the buffer is full.
    private mutating func putTicks(
        through end: Int64, _ period: Int64, to buffer: inout TextBuffer
    ) -> Bool {
        guard var tick = nextTick, let last = lastRow else { return true }
        // Beyond the last number there is no tick.
        while tick <= end, tick != .max {
            guard !buffer.isFull else {
                nextTick = tick
                return false
            }
            rows += 1
            // A tick stands where a frame would that was stamped at its time.
            let stamp = last.timestamp.nanoseconds &+ (tick &- last.time)
            time.put(time: tick, timestamp: Timestamp(nanoseconds: stamp), to: &buffer)
            if options.fill == .hold {
                putCells(0..<cells.count, to: &buffer)
            } else {
                for cell in 0..<cells.count {
                    buffer.put(UInt8(ascii: ","))
                    if isNew[cell] { cells.put(cell, to: &buffer) }
                    isNew[cell] = false
                }
            }
            buffer.put("\r\n")
            let (sum, overflow) = tick.addingReportingOverflow(period)
            tick = overflow ? .max : sum
        }
        nextTick = tick
        return true
    }

    /// The first multiple of `period` that is not before `time`.
    private static func firstTick(from time: Int64, _ period: Int64) -> Int64 {
        let rest = time % period
        guard rest > 0 else { return time - rest }
        let (sum, overflow) = (time - rest).addingReportingOverflow(period)
        return overflow ? .max : sum
    }
}

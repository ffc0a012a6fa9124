public import CANFrame
import CSignalKernels

extension ColumnDecoder {
    /// Decodes the frames of a batch, those of one channel if it is given, in place of the batch
    /// before.
    public mutating func decode(_ batch: borrowing FrameBatch, channel: UInt8? = nil) {
        blockStorage.removeAll(keepingCapacity: true)
        columnStorage.removeAll(keepingCapacity: true)
        valueCount = 0
        (wordCount, timeCount) = sorter.sort(batch, channel, &words, &times)
        for index in sorter.buckets.indices.dropFirst() where sorter.count(of: index) > 0 {
            let contents = sorter.contents[index]
            let block = ColumnBlock(
                stream: contents.stream, count: sorter.count(of: index), columns: 0..<0,
                firstTime: contents.firstTime, firstWord: contents.firstWord,
                stride: Int(sorter.buckets[index].stride))
            decode(block, length: contents.length)
        }
    }

    /// Decodes the frames of a bucket: what all of them carry, then branch by branch.
    private mutating func decode(_ whole: ColumnBlock, length: Int?) {
        let branches = columnPlan.ranges[sorter.table.streams[whole.stream].message]
        blockStorage.append(whole)
        addColumns(of: columnPlan.branches[branches.lowerBound], length: length)
        guard branches.count > 1 else { return }
        branchBlocks.removeAll(keepingCapacity: true)
        branchBlocks.append(blockStorage.count - 1)
        for index in branches.dropFirst() {
            let branch = columnPlan.branches[index]
            let parent = branchBlocks[branch.parent]
            let isFound = parent >= 0 && compact(blockStorage[parent], to: branch, length: length)
            branchBlocks.append(isFound ? blockStorage.count - 1 : -1)
            if isFound { addColumns(of: branch, length: length) }
        }
    }

    /// Makes a block of the frames that carry a branch; whether there is any.
    private mutating func compact(
        _ parent: ColumnBlock, to branch: ColumnPlan.Branch, length: Int?
    ) -> Bool {
        let message = plan.messages[sorter.table.streams[parent.stream].message]
        let multiplexer = plan.signals[Int(message.firstSignal + branch.multiplexer)]
        if let length, length < multiplexer.neededLength { return false }
        let (firstTime, firstWord) = (timeCount, wordCount)
        Self.enlarge(&times, to: timeCount + parent.count + 8, Timestamp(nanoseconds: 0))
        Self.enlarge(&words, to: wordCount + parent.count * parent.stride + 8, 0)
        for index in 0..<parent.count {
            let value = bits(of: multiplexer, at: index, in: parent)
            guard plan.selects(branch.firstRange, branch.rangeCount, by: value) else { continue }
            times[timeCount] = times[parent.firstTime + index]
            timeCount += 1
            for word in 0..<parent.stride {
                words[wordCount + word] = words[parent.firstWord + index * parent.stride + word]
            }
            wordCount += parent.stride
        }
        let count = timeCount - firstTime
        timeCount = (timeCount + 7) & ~7
        wordCount = (wordCount + 7) & ~7
        guard count > 0 else { return false }
        blockStorage.append(
            ColumnBlock(
                stream: parent.stream, count: count, columns: 0..<0, firstTime: firstTime,
                firstWord: firstWord, stride: parent.stride))
        return true
    }

    /// Decodes the signals of a branch for the frames of the last block.
    private mutating func addColumns(of branch: ColumnPlan.Branch, length: Int?) {
        let index = blockStorage.count - 1
        let block = blockStorage[index]
        let first = columnStorage.count
        let message = plan.messages[sorter.table.streams[block.stream].message]
        var hasSwapped = false
        for place in branch.signals {
            let signal = Int(columnPlan.signals[place])
            let plan = plan.signals[Int(message.firstSignal) + signal]
            if let length, length < plan.neededLength { continue }
            let column = SignalColumn(
                block: index, signal: signal, hasStates: plan.indicators != .none,
                rawWidth: plan.rawWidth, start: valueCount)
            columnStorage.append(column)
            makeRoom(for: column, count: block.count)
            switch kernel {
            case .vector: decodeByVectors(plan, block, column, hasSwapped: &hasSwapped)
            case .scalar: decodeOneByOne(plan, block, column)
            }
        }
        blockStorage[index].columns = first..<columnStorage.count
    }

    private mutating func makeRoom(for column: SignalColumn, count: Int) {
        let padded = (count + 7) & ~7
        switch form {
        case .physical:
            valueCount += padded
            Self.enlarge(&physical, to: valueCount, 0)
        case .raw:
            valueCount += padded * column.rawWidth / 8
            Self.enlarge(&raw, to: valueCount, 0)
        }
    }

    static func enlarge<Element>(
        _ array: inout [Element], to count: Int, _ value: Element
    ) {
        guard array.count < count else { return }
        let more = max(count - array.count, array.count / 2)
        array.append(contentsOf: repeatElement(value, count: more))
    }

    // MARK: One column

    private mutating func decodeOneByOne(
        _ signal: SignalPlan, _ block: ColumnBlock, _ column: SignalColumn
    ) {
        for index in 0..<block.count {
            let bits = bits(of: signal, at: index, in: block)
            guard form == .raw else {
                physical[column.start + index] = signal.value(of: bits).physical
                continue
            }
            let byte = index * column.rawWidth
            let shift = UInt64((byte & 7) * 8)
            let mask = (UInt64.max >> UInt64(64 - column.rawWidth * 8)) << shift
            let word = column.start + byte >> 3
            raw[word] = raw[word] & ~mask | (signal.rawBits(of: bits) << shift) & mask
        }
    }

    private mutating func decodeByVectors(
        _ signal: SignalPlan, _ block: ColumnBlock, _ column: SignalColumn,
        hasSwapped: inout Bool
    ) {
        let count = (block.count + 7) & ~7
        let isShort = block.stride == 1
        if isShort, !signal.isBigEndian {
            Self.decode(
                words, block.firstWord, count, signal.field(isShort: true), column, form,
                &physical, &raw)
            return
        }
        Self.enlarge(&scratch, to: count, 0)
        if !isShort {
            Self.gather(words, block, signal.position, &scratch)
        } else if !hasSwapped {
            Self.swap(words, block.firstWord, count, &scratch)
            hasSwapped = true
        }
        Self.decode(
            scratch, 0, count, signal.field(isShort: isShort), column, form, &physical, &raw)
    }

    // Room for a multiple of 8 is there on all sides, behind each place that is given.

    private static func decode(
        _ words: [UInt64], _ first: Int, _ count: Int, _ field: canlog_field,
        _ column: SignalColumn, _ form: Form, _ physical: inout [Double], _ raw: inout [UInt64]
    ) {
        var field = field
        precondition(first + count <= words.count)
        unsafe words.withUnsafeBufferPointer { words in
            guard let source = unsafe words.baseAddress?.advanced(by: first) else { return }
            switch form {
            case .physical:
                precondition(column.start + count <= physical.count)
                unsafe physical.withUnsafeMutableBufferPointer { values in
                    guard let place = values.baseAddress else { return }
                    unsafe canlog_physical(source, count, &field, place + column.start)
                }
            case .raw:
                precondition(column.start + count * column.rawWidth / 8 <= raw.count)
                unsafe raw.withUnsafeMutableBufferPointer { values in
                    guard let place = values.baseAddress else { return }
                    unsafe canlog_raw(
                        source, count, &field, UInt32(column.rawWidth), place + column.start)
                }
            }
        }
    }

    private static func swap(
        _ words: [UInt64], _ first: Int, _ count: Int, _ swapped: inout [UInt64]
    ) {
        precondition(first + count <= words.count && count <= swapped.count)
        unsafe words.withUnsafeBufferPointer { words in
            guard let source = unsafe words.baseAddress?.advanced(by: first) else { return }
            unsafe canlog_swap(source, count, &swapped)
        }
    }

    private static func gather(
        _ words: [UInt64], _ block: ColumnBlock, _ position: canlog_position,
        _ gathered: inout [UInt64]
    ) {
        precondition(block.firstWord + block.count * block.stride <= words.count)
        precondition(Int(position.first_byte) + 9 <= block.stride * 8)
        precondition(block.count <= gathered.count)
        var position = position
        unsafe words.withUnsafeBufferPointer { words in
            guard let source = unsafe words.baseAddress?.advanced(by: block.firstWord) else {
                return
            }
            unsafe canlog_gather(source, block.count, block.stride, &position, &gathered)
        }
    }

    /// The physical values of a column of a decoder of raw values, into the first places of
    /// `values`, which grows where it has too few.
    public borrowing func scale(_ index: Int, into values: inout [Double]) {
        precondition(form == .raw, "the decoder was made for physical values")
        let column = columnStorage[index]
        let signal = signal(of: column)
        let count = (blockStorage[column.block].count + 7) & ~7
        Self.enlarge(&values, to: count, 0)
        guard kernel == .vector else {
            let raw = self.raw(of: index)
            for place in 0..<raw.count {
                let bits = UInt64(bitPattern: raw[place]) & signal.mask
                values[place] = signal.value(of: bits).physical
            }
            return
        }
        var field = signal.field(isShort: true)
        unsafe raw.withUnsafeBytes { raw in
            let place = unsafe raw.baseAddress?.advanced(by: column.start * 8)
            unsafe canlog_scale(place, count, &field, UInt32(column.rawWidth), &values)
        }
    }
}

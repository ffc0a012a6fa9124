/// Records as columns of bytes, as compressed blocks hold them: first the first bytes of all records,
/// then the second ones, and at the end what is no whole record (MDF 4.1, 5.26.2).
enum MDFTransposition {
    /// Puts `count` bytes of columns back into records of `columns` bytes.
    static func restore(
        _ columns: [UInt8], count: Int, columns width: Int, into records: inout [UInt8]
    ) {
        precondition(columns.count >= count && records.count >= count)
        guard width > 0, width <= count else {
            for place in 0..<count { records[place] = columns[place] }
            return
        }
        let rows = count / width
        // Every place below is below rows * width, which both hold.
        unsafe columns.withUnsafeBytes { source in
            unsafe records.withUnsafeMutableBytes { target in
                for column in stride(from: 0, to: width & ~7, by: 8) {
                    for row in stride(from: 0, to: rows & ~7, by: 8) {
                        let block = unsafe Block(
                            source, at: column &* rows &+ row, step: rows
                        ).transposed
                        unsafe block.store(target, at: row &* width &+ column, step: width)
                    }
                    for row in rows & ~7..<rows {
                        for part in column..<column + 8 {
                            unsafe target[row * width + part] = source[part * rows + row]
                        }
                    }
                }
                for part in width & ~7..<width {
                    for row in 0..<rows {
                        unsafe target[row &* width &+ part] = source[part &* rows &+ row]
                    }
                }
                for place in rows * width..<count { unsafe target[place] = source[place] }
            }
        }
    }

    /// Puts `rows` records of `words` times eight bytes into columns.
    static func transpose(
        _ records: [UInt64], words: Int, rows: Int, into columns: inout [UInt8]
    ) {
        precondition(records.count >= rows * words && columns.count >= rows * words * 8)
        // Every place below is below rows * words * 8, which both hold.
        unsafe records.withUnsafeBytes { source in
            unsafe columns.withUnsafeMutableBytes { target in
                let width = words &* 8
                for column in stride(from: 0, to: width, by: 8) {
                    for row in stride(from: 0, to: rows & ~7, by: 8) {
                        let block = unsafe Block(
                            source, at: row &* width &+ column, step: width
                        ).transposed
                        unsafe block.store(target, at: column &* rows &+ row, step: rows)
                    }
                    for row in rows & ~7..<rows {
                        for part in column..<column + 8 {
                            unsafe target[part * rows + row] = source[row * width + part]
                        }
                    }
                }
            }
        }
    }

    /// Puts the first `size` bytes of `records` at the start of `bytes`.
    static func copy(_ records: [UInt64], _ size: Int, into bytes: inout [UInt8]) {
        precondition(records.count * 8 >= size && bytes.count >= size)
        // Both hold that many bytes.
        unsafe records.withUnsafeBytes { source in
            unsafe bytes.withUnsafeMutableBytes { target in
                unsafe target.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[..<size]))
            }
        }
    }

    /// Eight times eight bytes.
    private struct Block {
        var a, b, c, d, e, f, g, h: UInt64

        @inline(__always) @unsafe
        init(_ bytes: UnsafeRawBufferPointer, at start: Int, step: Int) {
            unsafe a = bytes.loadUnaligned(fromByteOffset: start, as: UInt64.self)
            unsafe b = bytes.loadUnaligned(fromByteOffset: start &+ step, as: UInt64.self)
            unsafe c = bytes.loadUnaligned(fromByteOffset: start &+ 2 &* step, as: UInt64.self)
            unsafe d = bytes.loadUnaligned(fromByteOffset: start &+ 3 &* step, as: UInt64.self)
            unsafe e = bytes.loadUnaligned(fromByteOffset: start &+ 4 &* step, as: UInt64.self)
            unsafe f = bytes.loadUnaligned(fromByteOffset: start &+ 5 &* step, as: UInt64.self)
            unsafe g = bytes.loadUnaligned(fromByteOffset: start &+ 6 &* step, as: UInt64.self)
            unsafe h = bytes.loadUnaligned(fromByteOffset: start &+ 7 &* step, as: UInt64.self)
        }

        /// Rows for columns: halves, quarters and bytes change places across the diagonal (Warren,
        /// Hacker's Delight, 7-3).
        var transposed: Block {
            @inline(__always) get {
                var block = self
                Self.exchange(&block.a, &block.e, 32, 0x0000_0000_FFFF_FFFF)
                Self.exchange(&block.b, &block.f, 32, 0x0000_0000_FFFF_FFFF)
                Self.exchange(&block.c, &block.g, 32, 0x0000_0000_FFFF_FFFF)
                Self.exchange(&block.d, &block.h, 32, 0x0000_0000_FFFF_FFFF)
                Self.exchange(&block.a, &block.c, 16, 0x0000_FFFF_0000_FFFF)
                Self.exchange(&block.b, &block.d, 16, 0x0000_FFFF_0000_FFFF)
                Self.exchange(&block.e, &block.g, 16, 0x0000_FFFF_0000_FFFF)
                Self.exchange(&block.f, &block.h, 16, 0x0000_FFFF_0000_FFFF)
                Self.exchange(&block.a, &block.b, 8, 0x00FF_00FF_00FF_00FF)
                Self.exchange(&block.c, &block.d, 8, 0x00FF_00FF_00FF_00FF)
                Self.exchange(&block.e, &block.f, 8, 0x00FF_00FF_00FF_00FF)
                Self.exchange(&block.g, &block.h, 8, 0x00FF_00FF_00FF_00FF)
                return block
            }
        }

        /// The high parts of `low` change places with the low parts of `high`.
        @inline(__always)
        private static func exchange(
            _ low: inout UInt64, _ high: inout UInt64, _ shift: UInt64, _ mask: UInt64
        ) {
            let difference = (low &>> shift ^ high) & mask
            high ^= difference
            low ^= difference &<< shift
        }

        @inline(__always) @unsafe
        func store(_ bytes: UnsafeMutableRawBufferPointer, at start: Int, step: Int) {
            unsafe bytes.storeBytes(of: a, toByteOffset: start, as: UInt64.self)
            unsafe bytes.storeBytes(of: b, toByteOffset: start &+ step, as: UInt64.self)
            unsafe bytes.storeBytes(of: c, toByteOffset: start &+ 2 &* step, as: UInt64.self)
            unsafe bytes.storeBytes(of: d, toByteOffset: start &+ 3 &* step, as: UInt64.self)
            unsafe bytes.storeBytes(of: e, toByteOffset: start &+ 4 &* step, as: UInt64.self)
            unsafe bytes.storeBytes(of: f, toByteOffset: start &+ 5 &* step, as: UInt64.self)
            unsafe bytes.storeBytes(of: g, toByteOffset: start &+ 6 &* step, as: UInt64.self)
            unsafe bytes.storeBytes(of: h, toByteOffset: start &+ 7 &* step, as: UInt64.self)
        }
    }
}

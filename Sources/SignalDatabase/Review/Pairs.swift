/// Which of two lists a thing is in.
enum Side {
    case old, new
}

/// The same things in an old and in a new list, by a key; of things that share a key the first of
/// one list is the first of the other.
struct Pairs<Item> {
    private let old: [Item]
    private let new: [Item]
    /// For each of the new things the place of the same in the old list.
    private var partners: [Int?]
    private var isTaken: [Bool]

    init(_ old: [Item], _ new: [Item], by key: (Side, Item) -> some Hashable) {
        self.old = old
        self.new = new
        partners = Array(repeating: nil, count: new.count)
        isTaken = Array(repeating: false, count: old.count)
        matchRest(by: key)
    }

    init(_ old: [Item], _ new: [Item], by key: (Item) -> some Hashable) {
        self.init(old, new) { _, item in key(item) }
    }

    /// Pairs what has no partner yet by another key.
    mutating func matchRest<Key: Hashable>(by key: (Side, Item) -> Key) {
        var places: [Key: [Int]] = [:]
        for place in old.indices.reversed() where !isTaken[place] {
            places[key(.old, old[place]), default: []].append(place)
        }
        for place in new.indices where partners[place] == nil {
            guard let partner = places[key(.new, new[place])]?.popLast() else { continue }
            partners[place] = partner
            isTaken[partner] = true
        }
    }

    mutating func matchRest(by key: (Item) -> some Hashable) {
        matchRest { _, item in key(item) }
    }

    /// Each new thing with the old one, `nil` of one that was added.
    var matched: [(old: Item?, new: Item)] {
        new.indices.map { place in (partners[place].map { old[$0] }, new[place]) }
    }

    var removed: [Item] { old.indices.filter { !isTaken[$0] }.map { old[$0] } }
}

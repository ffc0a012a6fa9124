import CTestBench

/// How often `body` allocates memory on this thread when it runs for the second time; `nil` where that
/// is not counted, which is under the sanitizers. The first time the runtime may make its own tables.
public func allocations(in body: () -> Void) -> Int? {
    body()
    let before = canlog_test_allocations()
    guard before >= 0 else { return nil }
    body()
    return canlog_test_allocations() - before
}

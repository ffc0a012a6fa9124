import CLinuxFiles

/// How this process deals with memory that it has freed.
public enum ProcessMemory {
    /// Gives freed allocations of at least `size` bytes back to the kernel at once, and lets all
    /// threads share one arena; for a process whose threads allocate seldom.
    ///
    /// By itself glibc keeps up to 32 MiB of what was freed, and an arena for each thread
    /// (`M_MMAP_THRESHOLD`, `M_ARENA_MAX`, mallopt(3)). To be called before threads are started.
    public static func keepLittle(givingBackFrom size: CInt = 256 << 10) {
        canlog_keep_little_memory(size)
    }

    /// Gives back the pages of code that only the start needed; what is used goes on from the kernel's
    /// cache. For a process that runs long.
    public static func giveBackCode() {
        canlog_give_back_code()
    }
}

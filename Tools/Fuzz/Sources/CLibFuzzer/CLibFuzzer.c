#include "CLibFuzzer.h"

// What libFuzzer's main calls, https://llvm.org/docs/LibFuzzer.html#fuzz-target.
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
    canlog_fuzz_one(bytes, count);
    return 0;
}

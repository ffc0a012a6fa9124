#!/bin/bash
# Values must not depend on the processor: no kernel, in the clones for any of them, multiplies and adds
# with one rounding.
set -euo pipefail
root=$(realpath "$(dirname "$0")/../..")
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
clang=$(dirname "$(realpath "$(command -v swift)")")/clang

for source in "$root"/Sources/CSignalKernels/*.c; do
    object=$folder/$(basename "$source" .c).o
    "$clang" -O3 -I "$root/Sources/CSignalKernels/include" -c "$source" -o "$object"
done
# What a release build made, if there is one.
while read -r object; do
    cp "$object" "$folder/$(basename "$object").release.o"
done < <(find "$root/.build" -path '*/release/*' \( -path '*/SignalDatabase.build/*.o' -o -path '*/CSignalKernels.build/*.o' \))
for object in "$folder"/*.o; do
    # awk reads to the end: objdump must not die of a closed pipe.
    if ! objdump -d --no-show-raw-insn "$object" | awk '/\tvfn?m(add|sub)/ { found = 1; print } END { exit found }'; then
        echo "no-fused-multiply-add: in $(basename "$object")" >&2
        exit 1
    fi
done
# The clones are there: else nothing was looked at.
[[ $(uname -m) != x86_64 ]] || objdump -d "$folder/columns.o" | awk '/%zmm/ { found = 1 } END { exit !found }'
echo "no-fused-multiply-add: passed"

#!/bin/bash
# Tools/make-traffic: the same options give the same bytes, its claims about itself hold, and can-utils plays it.
set -uo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$0")/../tests.d/checks.sh"
make=$tools/make-traffic

"$tools/setup" bus || exit

kinds="normal fd remote-and-errors classic-dlc-above-8 equal-stamps clock-step inversions nanoseconds none one flood"
for kind in $kinds; do
    check "the same seed gives the same bytes: $kind" \
        cmp <("$make" --kind "$kind" --count 1000) <("$make" --kind "$kind" --count 1000)
done
check "another seed gives other bytes" test "$("$make" --count 100 | md5sum)" != "$("$make" --seed 2 --count 100 | md5sum)"
same "the bytes of seed 1 stay what they are, from version to version of Python" \
    "c3a44dbbccc28ffc3567db87cb7a0019  -" "$(for kind in $kinds; do "$make" --kind "$kind" --count 1000; done | md5sum)"
same "wrong usage is 64" 64 "$("$make" --interfaces can0,can0 2> /dev/null; echo $?)"
same "a reader that has enough is no error" 0 "$("$make" --duration 1000 | head -n 1 > /dev/null; echo "${PIPESTATUS[0]}")"

check "counters, checksums and stamps are what --help says" python3 "$tools/tests.d/traffic_claims.py" "$make"

# In one machine: each kind is played, and candump prints the same frames. Known exceptions:
#   nanoseconds          canplayer wants six digits
#   classic-dlc-above-8  can-utils 2020.11 plays such a frame and drops the '_9'
cat > "$work/play" << 'END'
ip link add vcan0 mtu 72 type vcan && ip link set vcan0 up || exit
ip link add vcan1 mtu 72 type vcan && ip link set vcan1 up || exit
for file in "$1"/*.log; do
    candump -L -r 33554432 any,0:0,#FFFFFFFF > "$file.seen" &
    until grep -q any /proc/net/can/rcvlist_all; do :; done
    canplayer -t -g 0 -I "$file"
    # candump may still be reading what canplayer has sent.
    sent=$(wc -l < "$file")
    for _ in $(seq 500); do [ "$(wc -l < "$file.seen")" -ge "$sent" ] && break; sleep 0.01; done
    kill $! && wait $! 2> /dev/null
done
END
played=${kinds/nanoseconds/}
for kind in $played; do "$make" --kind "$kind" --count 500 --interfaces vcan0,vcan1 > "$work/$kind.log"; done
"$tools/bench-vm" run --exchange "$work" -- bash "$work/play" "$work" 2> "$work/err"
same "canplayer takes every kind" "" "$(cat "$work/err")"
for kind in $played; do
    [[ $kind = classic-dlc-above-8 ]] && sed -i 's/_[9A-F]$//' "$work/$kind.log"
    check "candump prints what was made: $kind" \
        cmp <(cut -d' ' -f2- "$work/$kind.log") <(cut -d' ' -f2- "$work/$kind.log.seen")
done
finish

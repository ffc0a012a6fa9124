#!/bin/bash
# canlog monitor in a real terminal (tmux): the screen over a log and over a bus, keys, sizes, colours, and the terminal
# given back on every way out. CANLOG_BINARY names the canlog to look at.
set -uo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$0")/../tests.d/checks.sh"
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$0")/../tests.d/terminal.sh"
canlog=${CANLOG_BINARY:-$tools/../.build/debug/canlog}

"$tools/setup" terminal bus || exit
trap 'close_terminal; rm -rf "$work"' EXIT
unset NO_COLOR
"$tools/make-traffic" --duration 60 --interfaces can0 > "$work/drive.log"
"$tools/make-traffic" --database can0 > "$work/car.dbc"
monitor="'$canlog' monitor '$work/drive.log' --db '$work/car.dbc' --no-project"

# --- over a log, 80x24
open_terminal 80 24 "$monitor --speed 4"
check "the title names the log and counts its IDs" awaits '^canlog monitor  drive.log  \+[0-9.]+ s, 4.0 times as fast  40 IDs$'
check "load and rate of each interface are on top" awaits '^can0  load  31\.[0-9] % of 500 kbit/s \(assumed\)  15[0-9]{2}/s$'
check "an ID has count, period, jitter, payload and name" \
    awaits '^\+ 0B7 +[0-9]+  (9\.9|10\.0|10\.1)[0-9]* ms +[0-9]+ us  ([0-9A-F]{2} ){7}[0-9A-F]{2}  Engine_1$'
check "keys are at the bottom" awaits '^q quit  space hold  s sort'
same "as many lines as the screen has" 24 "$(picture | wc -l)"
check "bytes that changed are bright" awaits $'\e\\[1m\e\\[33m[0-9A-F]{2}\e' -e
press Down Down Enter
check "enter shows the signals, with unit" awaits '^    CoolantTemperature +-?[0-9]+\.[0-9]{3} degC$'
press /
press gearbox_2
check "what is typed filters at once" awaits '^/gearbox_2'
press Enter
check "enter keeps the filter" awaits "only 'gearbox_2'"
same "only what contains the text is left" 2 "$(picture | grep -cE ' Gearbox_2')"
press Escape s
check "s sorts by the next column" awaits 'COUNT\*'
press Space
check "space holds the picture" awaits 'PAUSED'
held=$(picture)
same "what is held stands still" "$held" "$(sleep 0.5; picture)"
press Space
press e
resize 200 60
check "after a resize the screen is as wide as the terminal" awaits 'degC {15,}Counter +[0-9]+'
same "and as high" 60 "$(picture | wc -l)"
press '?'
check "? shows the keys" awaits 'hold the picture still'
press q
check "q gives the terminal back" gave_back
check "and ends with 0" awaits '^ended 0$'
close_terminal

# --- to the end of a log
open_terminal 80 24 "$monitor --speed max"
check "the last picture stays at the end of a log" awaits '^canlog monitor  drive.log  end of the log, \+60.0 s  40 IDs$'
check "at the end nothing is overdue" test "$(picture | grep -c overdue)" = 0
press C-c
check "Ctrl-C gives the terminal back" gave_back
check "and ends with 0" awaits '^ended 0$'
close_terminal

# --- other ways out, and colours
for signal in TERM HUP SEGV ABRT; do
    open_terminal 80 24 "sh -c 'echo \$\$ > $work/pid; SWIFT_BACKTRACE=enable=no exec $monitor'"
    awaits '^q quit' > /dev/null
    kill "-$signal" "$(cat "$work/pid")"
    check "SIG$signal gives the terminal back" gave_back
    close_terminal
done
NO_COLOR=1 open_terminal 80 24 "NO_COLOR=1 $monitor"
check "with NO_COLOR the screen comes" awaits '^\+ 0B7'
same "and has no colour" 0 "$(picture -e | grep -cP '\e\[(\d+;)*3[0-7](;\d+)*m')"
close_terminal
same "without a terminal a table is printed, without escape sequences" "0 1" \
    "$(eval "$monitor" > "$work/table"; echo "$(grep -c $'\e' "$work/table") $(grep -c ' Gearbox_2$' "$work/table")")"

# --- over a bus
cat > "$work/live" << END
source "$tools/tests.d/checks.sh"
# No sockets in the folder that this machine shares.
source "$tools/tests.d/terminal.sh"
trap 'close_terminal; rm -rf "\$work"' EXIT
ip link add vcan0 type vcan && ip link set vcan0 up || exit
canplayer -I "$work/drive.log" vcan0=can0 &
player=\$!
open_terminal 80 24 "'$canlog' monitor vcan0 --db '$work/car.dbc' --no-project"
check "a bus is watched live" awaits '^vcan0  load +[0-9.]+ % of 500 kbit/s \(assumed\)  [0-9]{2,}/s'
check "with its signals by the database" awaits ' Gearbox_2$'
check "nothing is overdue while all comes" test "\$(picture | grep -c overdue)" = 0
kill \$player
check "a bus that falls silent is told" awaits 'silent for [0-9.]+ s'
check "and what does not come is overdue" awaits '^. 0B7 +[0-9]+ +[0-9.]+ s  overdue'
ip link set vcan0 down
check "a link that is set down is told" awaits 'DOWN'
press q
check "q gives the terminal back" gave_back
close_terminal
finish
END
"$tools/bench-vm" run --exchange "$work" --memory 2G --cpus 2 --timeout 300 -- bash "$work/live"
same "live, in the bench VM: all of that" 0 $?
finish

#!/bin/bash
# shellcheck disable=SC2016  # expressions for the shell inside the machine
# Tools/bench-vm: what it promises in its --help, tried in real machines. About a minute in emulation.
set -uo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$0")/../tests.d/checks.sh"
vm=$tools/bench-vm

"$tools/setup" bus || exit
"$vm" fetch || exit

machines() { pgrep -f "[q]emu-system-x86_64.*-initrd $work/" | wc -l; }
# So that the machines of this test can be told from those of others.
export TMPDIR=$work
# Waits at most 40 s for a file to hold a line.
await() { for _ in {1..4000}; do grep -q "$2" "$1" 2> /dev/null && return; sleep 0.01; done; return 1; }

same "wrong usage is 64" 64 "$("$vm" run --cut-after 4 -- true 2> /dev/null; echo $?)"
same "no command is wrong usage" 64 "$("$vm" run --icount 2> /dev/null; echo $?)"

# One boot for what concerns the passing of bytes, arguments and environment.
head -c 1000000 /dev/urandom > "$work/random"
mkdir "$work/exchange" "$work/a folder"
cat > "$work/passing" << 'END'
cat "$1"; cat "$1" >&2
exec > "$CANLOG_EXCHANGE/found" 2>&1
shift
pwd
printf '<%s>' "$@"; echo
echo "$CANLOG_WORD,$OTHER,${HIDDEN-not passed},$TMPDIR"
head -c 1 | wc -c
touch "$0" 2>&1 | grep -o 'Read-only file system'
python3 -c 'import os, socket; socket.socket(socket.AF_UNIX).bind(os.environ["TMPDIR"] + "/socket"); print("socket made")'
cat /sys/class/net/lo/operstate /sys/class/net/lo/flags
ls /sys/class/net | tr '\n' ' '; echo
unshare -Urn sh -c 'ip link add vcan0 type vcan && echo vcan made'
sleep 1000 &
exit 3
END
cd "$work/a folder" || exit
CANLOG_WORD='a "b" $c' OTHER=kept HIDDEN=x "$vm" run --exchange "$work/exchange" --keep-env OTHER -- \
    bash "$work/passing" "$work/random" 'with space' "it's" '"quoted"' '' '$HOME' $'two\nlines' > "$work/out" 2> "$work/err"
same "the exit status is that of the command, whatever it left running" 3 $?
check "a million bytes of standard output come unchanged" cmp "$work/random" "$work/out"
check "a million bytes of standard error come unchanged, apart from them" cmp "$work/random" "$work/err"
same "folder, arguments, environment and surroundings are as the help says" "$work/a folder
<with space><it's><\"quoted\"><><\$HOME><two
lines>
a \"b\" \$c,kept,not passed,/mnt
0
Read-only file system
socket made
unknown
0x9
lo 
vcan made" "$(cat "$work/exchange/found")"
cd "$work" || exit

same "status 255 is passed" 255 "$("$vm" run -- sh -c 'exit 255'; echo $?)"

"$vm" run --timeout 5 -- sh -c 'sleep 1000' 2> "$work/err"
same "a command that lasts too long ends with 124" 124 $?
same "and a sentence" "bench-vm: sh -c 'sleep 1000': ended after 5 s (--timeout)" "$(cat "$work/err")"

"$vm" run -- sh -c 'echo c > /proc/sysrq-trigger' > /dev/null 2> "$work/err"
same "a machine that dies is 125" 125 $?
check "and its console is shown" grep -q 'sysrq triggered crash' "$work/err"

"$vm" run -- sh -c 'echo up; sleep 1000' > "$work/out" &
script=$!
await "$work/out" up
kill -TERM $script
wait $script
same "SIGTERM ends it" 143 $?
same "and its machine" 0 "$(machines)"
"$vm" run -- sh -c 'echo up again; sleep 1000' > "$work/out" &
script=$!
await "$work/out" 'up again'
kill -KILL $script
wait $script 2> /dev/null
for _ in {1..100}; do [[ $(machines) = 0 ]] && break; sleep 0.01; done
same "SIGKILL leaves no machine behind" 0 "$(machines)"

cat > "$work/controllers" << 'END'
for name in can0 can1; do ip link set $name up type can bitrate 500000 || exit; done
ip -json -details link show can1 | grep -o '"bitrate":500000'
timeout 10 candump -n 2 can1 > "$TMPDIR/seen" &
# Until it listens there is a line "(can1: no entry)".
until grep -q '^ *can1 ' /proc/net/can/rcvlist_all; do :; done
cansend can0 123#0011223344556677; cansend can0 1F334455#R
wait
cat "$TMPDIR/seen"
END
same "frames go from controller to controller" '"bitrate":500000
  can1  123   [8]  00 11 22 33 44 55 66 77
  can1  1F334455   [0]  remote request
0' "$("$vm" run --controllers -- bash "$work/controllers"; echo $?)"

# The time that a loop takes is its count of instructions: 5 % is far above what interrupts add.
cat > "$work/loop" << 'END'
loop() { i=0; read -r before _ < /proc/uptime; while [ $i -lt 50000 ]; do i=$((i + 1)); done; read -r after _ < /proc/uptime; }
loop; loop
echo "$before $after" | awk '{ printf "%d\n", ($2 - $1) * 100 }'
END
# Side by side, so that each is slowed down by the other.
icount() { "$vm" run --icount --preload "$work/loop" -- /bin/busybox sh "$work/loop"; }
icount > "$work/first" &
icount > "$work/second"
wait $!
first=$(cat "$work/first") second=$(cat "$work/second")
check "icount repeats: $first and $second hundredths of a second" \
    test "$first" -gt 10 -a $((first - second)) -le $((first / 20 + 1)) -a $((second - first)) -le $((first / 20 + 1))

# The writer says on its standard output what it has synced: this must be on the disk, and little after it.
# First it tells what it finds of the run before, and begins anew.
cat > "$work/writer" << 'END'
tail -n 1 /mnt/disk/synced > "$CANLOG_EXCHANGE/found"
rm -f /mnt/disk/synced
n=$1
while n=$((n + 1)); do
    echo $n >> /mnt/disk/synced
    [ $((n % 10)) != 0 ] || { sync /mnt/disk/synced && echo $n; }
done
END
writer() {  # writer FIRST-NUMBER OPTION…
    "$vm" run --exchange "$work/exchange" --disk "$work/disk" --disk-size 32M "${@:2}" -- sh "$work/writer" "$1" \
        2> "$work/err" | tail -n 1
}

first=$(writer 0 --cut-after 4)  # pipefail: the status is that of bench-vm
same "a power cut is status 0" 0 $?
check "and is told" grep -q '^bench-vm: power cut 4 s after the start of CMD: [1-9][0-9]* writes' "$work/err"
second=$(writer 100000 --cut-after 4)
found=$(cat "$work/exchange/found")
check "what was synced ($first) is there, what was not is lost ($found)" test "$found" -ge "$first" -a "$found" -le $((first + 20))
third=$(writer 200000 --cut-after 4 --disk-mount-options nobarrier)
found=$(cat "$work/exchange/found")
check "so it is when cut again ($second, $found)" test "$found" -ge "$second" -a "$found" -le $((second + 20))
"$vm" run --disk "$work/disk" -- sh -c 'tail -n 1 /mnt/disk/synced; echo kept > /mnt/disk/kept' > "$work/found" 2> /dev/null
found=$(cat "$work/found")
check "without barriers a cut loses what was synced ($third, ${found:=0}): the cut has teeth" test "$third" -gt "$found"
check "an ordinary end keeps everything" grep -q kept <(debugfs -R 'cat /kept' "$work/disk" 2> /dev/null)

same "nothing is left running" 0 "$(machines)"
finish

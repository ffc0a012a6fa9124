#!/bin/bash
# python-can with .canlog: the package as pip installs it, its entry points found by python-can, and
# can_player on a real bus. CANLOG_BINARY names the canlog to look at.
set -euo pipefail
tools=$(cd "$(dirname "$(realpath "$0")")/.." && pwd)
canlog=$(realpath "${CANLOG_BINARY:-$tools/../.build/debug/canlog}")

"$tools/setup" peers bus
python=${XDG_CACHE_HOME:-$HOME/.cache}/canlog/peers/bin/python3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# From a copy: setuptools builds within the sources. Offline, and the peers stay as they are.
cp -r "$tools/python-canlog" "$work/source"
"$python" -m pip install --quiet --disable-pip-version-check --no-index --no-deps --no-build-isolation \
    --target "$work/site" "$work/source"
export PYTHONPATH=$work/site CANLOG=$canlog PYTHONDONTWRITEBYTECODE=1
echo "python-canlog: tests with python-can $("$python" -c 'import can; print(can.__version__)')"
"$python" "$tools/python-canlog/tests/test_canlog.py"

# can_player on vcan, heard by candump; can_logger records what cangen sends.
cat > "$work/bus" <<END
set -euo pipefail
cd "\$(mktemp -d)"
export PYTHONPATH=$work/site CANLOG=$canlog
modprobe vcan 2> /dev/null || true
await_listener() { for ((i = 0; i < 600; i++)); do grep -q '^ *vcan0 ' /proc/net/can/rcvlist_all && return; sleep 0.1; done; }
ip link add vcan0 type vcan && ip link set vcan0 mtu 72 up
printf '(%s) vcan0 %s\n' 1700000000.000000 123#DEADBEEF 1700000000.010000 1F334455#R4 \
    1700000000.020000 321##5112233445566778899AABBCC > sent.log
'$canlog' convert sent.log sent.canlog
candump -L -n 3 vcan0 > heard.log & heard=\$!
await_listener
'$python' -m can.player -i socketcan -c vcan0 --fd sent.canlog
wait \$heard
cmp <(cut -d' ' -f2- sent.log) <(cut -d' ' -f2- heard.log)
env --default-signal=INT '$python' -m can.logger -i socketcan -c vcan0 -f logged.canlog > /dev/null & logger=\$!
await_listener
cangen vcan0 -n 100 -g 1 -I i -L 8
sleep 1
kill -INT \$logger
wait \$logger || true
frames=\$('$canlog' dump logged.canlog | wc -l)
[[ \$frames == 100 ]] || { echo "can_logger kept \$frames of 100 frames"; exit 1; }
END
"$tools/on-bus" --timeout 300 -- bash "$work/bus"
echo "python-canlog: can_player and can_logger on vcan, the same frames"

# shellcheck shell=bash disable=SC2154
# A terminal of a given size that tests look at: tmux. Needs $work; end with `close_terminal`.
terminals=0

# open_terminal COLUMNS ROWS COMMAND: a shell that runs the command, then says 'ended STATUS' and waits.
open_terminal() {
    # A server of its own each time: the one before may not have ended yet.
    terminal=$work/tmux-$((terminals += 1))
    # tmux takes NO_COLOR and the like from the shell that starts its server.
    tmux -S "$terminal" -f /dev/null new-session -d -x "$1" -y "$2" \
        "stty -g > '$work/before'; $3; echo \"ended \$?\"; stty -g > '$work/after'; exec sleep 600"
    tmux -S "$terminal" set-option -g remain-on-exit on > /dev/null
}

close_terminal() { tmux -S "$terminal" kill-server 2> /dev/null; }

# picture [-e]: what is on the screen, with -e its colours as escape sequences.
picture() { tmux -S "$terminal" capture-pane -p "$@"; }

press() { tmux -S "$terminal" send-keys "$@"; }

resize() { tmux -S "$terminal" resize-window -x "$1" -y "$2"; }

# awaits PATTERN [-e]: whether the screen has it within 20 s.
awaits() {
    local pattern=$1 tries
    shift
    for tries in $(seq 200); do
        picture "$@" > "$work/picture" || break
        grep -qE -- "$pattern" "$work/picture" && return
        sleep 0.1
    done
    echo "  not on the screen: $pattern"
    sed 's/^/  |/' "$work/picture"
    return 1
}

# gave_back: the terminal is as it was before the program.
gave_back() {
    awaits '^ended ' && cmp -s "$work/before" "$work/after" \
        && [[ $(tmux -S "$terminal" display -p '#{alternate_on}#{cursor_flag}#{wrap_flag}') = 011 ]]
}

# shellcheck shell=bash disable=SC2034
# Shared by the tests of Tools: source it, call `check` and `same`, end with `finish`.
tools=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0

# check SENTENCE COMMAND…: the command's status is the verdict.
check() {
    local sentence=$1
    shift
    if "$@"; then
        passed=$((passed + 1)) && echo "ok: $sentence"
    else
        failed=$((failed + 1)) && echo "FAILED: $sentence"
    fi
}

# same SENTENCE EXPECTED FOUND: two texts are equal.
same() {
    check "$1" test "$2" = "$3"
    [[ $2 = "$3" ]] || printf '  expected: %s\n  found:    %s\n' "$2" "$3"
}

finish() {
    echo "$passed passed, $failed failed"
    exit $((failed > 0))
}

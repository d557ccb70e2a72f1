#!/usr/bin/env bash
# swift build with a word about how long it takes, and progress in place of a line for each file: a line that is drawn over
# itself on a terminal, elsewhere one for each tenth of the way. Arguments go to swift build.
#
#   --release  first of all: optimised, and with Swift's own libraries inside the programs, which run where there is no Swift,
#              and faster by a tenth
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
if [[ ${1:-} == --release ]]; then set -- --configuration release --static-swift-stdlib "${@:2}"; fi

if [[ ! -d .build/checkouts ]]; then
  echo "Building: the first time this fetches and compiles the packages it uses, 3 to 5 minutes on 2 cores …" >&2
fi
terminal=0
if [[ -t 1 ]]; then terminal=1; fi

swift build "$@" 2>&1 | awk -F '[][/]' -v terminal="$terminal" '
  function show(text) { if (terminal) { printf "\r\033[K%s", text } else if (text != "") { print "  " text } fflush() }
  /^\[[0-9]+\/[0-9]+\] / && !/error:/ {
    # Of a build that has just begun the number of steps is not known yet.
    tenth = int(10 * $2 / $3)
    if (terminal) { show($2 " of " $3 " steps") } else if ($3 >= 100 && tenth > last) { last = tenth; show($2 " of " $3 " steps") }
    next
  }
  /^Fetching / { if (terminal) show("fetching " $NF) ; next }
  /^(Fetched|Computing|Computed|Creating|Working copy|Planning|Building|Build complete)/ { next }
  # Of packages: files that they did not declare.
  /: found [0-9]+ file\(s\) which are unhandled/ { unhandled = 1; next }
  unhandled && /^ +\// { next }
  { unhandled = 0; show(""); print; fflush() }
  END { show("") }'

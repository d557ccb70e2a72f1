#!/usr/bin/env bash
# Feeds what reads bytes from outside with inputs that libFuzzer makes, under AddressSanitizer, and checks the laws of
# Tests/FuzzTests/Surfaces on each of them.
#
#   scripts/fuzz.sh [--seconds N] [--replay FILE] [SURFACE …]
#
#   --seconds N    how long each surface is fuzzed, 60 by default
#   --replay FILE  runs one surface on one input that was found before
#   SURFACE        sources, tables, bulk-answers, lead-lists, other-answers, configuration, environment, addresses,
#                  tracking, schedules, moments; all by default
#
# What it learns stays in .build-fuzz/corpus, and the next run goes on from there. An input that crashes, hangs, takes more
# than 1 GiB or breaks a law is kept in .build-fuzz/found; the command that replays it is shown, and the exit code is 1.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly all=(
  sources tables bulk-answers lead-lists other-answers configuration environment addresses tracking schedules moments
)
readonly folder=$PWD/.build-fuzz
seconds=60 replay='' surfaces=()

while (($# > 0)); do
  case $1 in
    --seconds | --replay)
      if (($# < 2)); then
        echo "$1 needs a value" >&2
        exit 64
      fi
      printf -v "${1#--}" %s "$2"
      shift
      ;;
    -*)
      echo "unknown option $1; see the head of scripts/fuzz.sh" >&2
      exit 64
      ;;
    *)
      if [[ " ${all[*]} " != *" $1 "* ]]; then
        echo "unknown surface $1; there are ${all[*]}" >&2
        exit 64
      fi
      surfaces+=("$1")
      ;;
  esac
  shift
done
if [[ ! $seconds =~ ^[1-9][0-9]*$ ]]; then
  echo '--seconds: a whole number from 1 is expected' >&2
  exit 64
fi
if ((${#surfaces[@]} == 0)); then surfaces=("${all[@]}"); fi
if [[ -n $replay && (! -f $replay || ${#surfaces[@]} != 1) ]]; then
  echo '--replay: one file that exists and one surface are expected' >&2
  exit 64
fi

# The sources by links, so that the build sees what was changed.
lay_out() {
  mkdir -p "$folder/tree/fuzz" "$folder/found"
  cp --update scripts/fuzz/Package.swift "$folder/tree/"
  cp --update scripts/fuzz/entry.c "$folder/tree/fuzz/"
  ln -sfn "$PWD/Sources" "$folder/tree/Sources"
  mkdir -p "$folder/tree/Tests/FuzzTests/Surfaces"
  cp --update Tests/FuzzTests/Surfaces/*.swift scripts/fuzz/Entry.swift "$folder/tree/Tests/FuzzTests/Surfaces/"
  if [[ -e Package.resolved ]]; then cp --update Package.resolved "$folder/tree"; fi
}

build() {
  if [[ ! -d $folder/build ]]; then echo 'Fuzzing: the first build takes 2 to 5 minutes on 2 cores …' >&2; fi
  scripts/build.sh --package-path "$folder/tree" --scratch-path "$folder/build" --configuration release \
    --sanitize=address --product fuzz
}

# Arguments: a surface, then those of libFuzzer. Reads nothing from the terminal. Leaks are looked for by the limit on memory:
# Swift's own caches are no leaks. Source files are written to memory. A trap stops at once instead of asking what to show of it.
fuzz() {
  local scratch=${TMPDIR:-/tmp}
  if [[ -w /dev/shm ]]; then scratch=/dev/shm; fi
  LEAD_FUZZ_TARGET=$1 TMPDIR=$scratch \
    ASAN_OPTIONS=detect_leaks=0:quarantine_size_mb=16:malloc_context_size=4 SWIFT_BACKTRACE=enable=no \
    "$folder/build/release/fuzz" -timeout=20 -rss_limit_mb=1024 -print_final_stats=1 "${@:2}" < /dev/null 2>&1
}

fuzz_surface() {
  local surface=$1 corpus=$folder/corpus/$1 log=$folder/$1.log status=0
  mkdir -p "$corpus"
  LEAD_FUZZ_EXAMPLES=$corpus fuzz "$surface" -max_total_time="$seconds" -max_len=4096 \
    -artifact_prefix="$folder/found/$surface-" "$corpus" > "$log" || status=$?
  local runs rate
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  rate=$(sed -n 's/^stat::average_exec_per_sec: *//p' "$log")
  if ((status == 0)); then
    printf '✓ %-14s %9s inputs, %6s/s, %5s kept\n' "$surface" "$runs" "$rate" "$(find "$corpus" -type f | wc -l)"
    return 0
  fi
  local found
  found=$(sed -n 's/.*Test unit written to //p' "$log" | tail -1)
  printf '✗ %-14s %s\n' "$surface" "$(grep -m1 -aE 'A law is broken|Fatal error|ERROR: ' "$log" || echo 'it crashed')"
  if [[ -n $found ]]; then
    echo "  replay it with: scripts/fuzz.sh --replay $found $surface"
  else
    tail -5 "$log"
  fi
  return 1
}

lay_out
build
if [[ -n $replay ]]; then
  if fuzz "${surfaces[0]}" "$replay"; then exit 0; else exit 1; fi
fi
status=0
for surface in "${surfaces[@]}"; do fuzz_surface "$surface" || status=1; done
exit "$status"

#!/usr/bin/env bash
# Runs the tests of the storage and of the queue under ThreadSanitizer, with a temporary PostgreSQL for those that ask for one.
# Fails when a test fails, and when there is a finding in any process, those of the exit tests included; findings go to
# stderr, in the places of the sources.
#
#   scripts/thread-sanitizer.sh [OPTION …]         options go to swift build, for instance --jobs 1
#
# ThreadSanitizer does not see the futex on which Synchronization.Mutex waits on Linux, and would report what stands under
# such a lock as a race. Therefore it watches a copy of the sources, in .build-tsan/tree, in which `Mutex` is the one of
# scripts/thread-sanitizer/Mutex.swift. Everything else of Synchronization stays: of atomics it knows. The copy is kept, and
# only what changed is written anew, so that the next build is a short one.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly copied=(
  Sources/Shared/{CCrypto,CLinux,CPostgres,CSQLite,Database,JobQueue,Timekeeping}
  Tests/{DatabaseTests,JobQueueTests,TestSupport} migrations
)
readonly tree=$PWD/.build-tsan/tree build=$PWD/.build-tsan/build reports=$PWD/.build-tsan/reports

# Prints a source with a second import, of the one declaration, which hides that of the whole module. It stands on the same
# line, so that lines keep their numbers. Fails on any other way to the lock that is not seen.
with_visible_lock() {
  awk '
    /^((public|package|internal|private) )?import Synchronization$/ {
      visible = $0
      sub(/Synchronization/, "struct SanitizedMutex.Mutex", visible)
      print $0 "; " visible
      next
    }
    /^[^\/]*(import .*Synchronization|Synchronization\.)/ { others = 1 }
    { print }
    END { exit others }' "$1"
}

# Arguments: a source, its place in the copy.
copy() {
  mkdir -p "$(dirname "$tree/$2")"
  if ! with_visible_lock "$1" > "$tree.new"; then
    echo "$1: only a plain \`import Synchronization\` is understood here, and \`Mutex\` without its module" >&2
    return 65
  fi
  if ! cmp --silent "$tree.new" "$tree/$2"; then mv "$tree.new" "$tree/$2"; fi
}

copy_all() {
  local file
  mkdir -p "$tree"
  copy scripts/thread-sanitizer/Package.swift Package.swift
  copy scripts/thread-sanitizer/Mutex.swift Sources/Shared/SanitizedMutex/Mutex.swift
  while read -r file; do copy "$file" "$file"; done < <(find "${copied[@]}" -type f)
  # What the sources no longer have.
  while read -r file; do
    if [[ ! -e $file ]]; then rm "$tree/$file"; fi
  done < <(cd "$tree" && find "${copied[@]}" -type f)
  # The packages in the versions that the programs are built with.
  if [[ -e Package.resolved ]]; then cp --update Package.resolved "$tree"; fi
}

run() {
  rm -rf "$reports"
  mkdir -p "$reports"
  # In files, since nobody reads what the processes of the exit tests write.
  TSAN_OPTIONS="log_path='$reports/report' history_size=7 second_deadlock_stack=1 ${TSAN_OPTIONS:-}" \
    scripts/with-postgres.sh swift test --package-path "$tree" --scratch-path "$build" --skip-build --disable-xctest \
    --sanitize=thread | awk '!/^◇ / && !/ started\.$/ { print; fflush() }'
}

show_findings() {
  local text count
  text=$(cat "$reports"/report.* | swift demangle --simplified)
  count=$(grep --count 'WARNING: ThreadSanitizer' <<< "$text" || true)
  printf '%s\n' "${text//"$tree/"/}" "ThreadSanitizer, findings: $count" >&2
}

if [[ ! -d $build ]]; then echo "ThreadSanitizer: the first build takes 1 to 3 minutes on 2 cores …" >&2; fi
copy_all
scripts/build.sh --package-path "$tree" --scratch-path "$build" --build-tests --sanitize=thread "$@"
status=0
run || status=$?
if compgen -G "$reports/report.*" > /dev/null; then
  show_findings
  status=1
elif ((status == 0)); then
  echo 'ThreadSanitizer, findings: 0'
fi
exit "$status"

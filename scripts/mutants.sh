#!/usr/bin/env bash
# Plants bugs, one after another, and requires the simulation to catch each of them: who watches the watchers. A bug is a
# patch of scripts/mutants, which begins with what it does. Arguments: names of some of them; without any, all.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Seeds within which a bug must show.
seeds=500
tree=.build-mutants/tree
build=.build-mutants/build
mkdir -p "$tree"

# Only what differs is copied, with its times, so that little is built.
refresh() {
  for part in Package.swift Sources Tests Benchmarks migrations; do
    if [[ -d $part ]]; then
      mkdir -p "$tree/$part"
      (cd "$part" && find . -type f -print0) | while IFS= read -r -d '' file; do
        cmp -s "$part/$file" "$tree/$part/$file" || install -D -p -m 644 "$part/$file" "$tree/$part/$file"
      done
      (cd "$tree/$part" && find . -type f -print0) | while IFS= read -r -d '' file; do
        [[ -e $part/$file ]] || rm "$tree/$part/$file"
      done
    else
      cmp -s "$part" "$tree/$part" || cp -p "$part" "$tree/$part"
    fi
  done
}

build() {
  swift build --package-path "$tree" --scratch-path "$build" --product simulate > .build-mutants/build.log 2>&1 || {
    tail -n 20 .build-mutants/build.log
    return 1
  }
}

if (($# == 0)); then
  for patch in scripts/mutants/*.patch; do
    name=${patch##*/}
    set -- "$@" "${name%.patch}"
  done
fi
survivors=0
for name in "$@"; do
  patch=scripts/mutants/$name.patch
  refresh
  if ! git apply --directory "$tree" "$patch"; then
    printf '✗ %s: %s does not fit the sources any more; plant the bug anew\n' "$name" "$patch"
    survivors=$((survivors + 1))
    continue
  fi
  build
  if "$build/debug/simulate" --seeds "$seeds" --fail-fast > .build-mutants/run.log 2>&1; then
    printf '✗ %s survives %s seeds: %s\n' "$name" "$seeds" "$(head -n 1 "$patch")"
    survivors=$((survivors + 1))
  else
    caught=$(grep -am 1 'BROKEN by\|Fatal error\|Precondition failed' .build-mutants/run.log || echo 'the program ended')
    printf '✓ %s: %s\n' "$name" "$caught"
  fi
done
if ((survivors > 0)); then
  printf '%s of %s planted bugs were not caught.\n' "$survivors" "$#"
  exit 1
fi
printf 'All %s planted bugs were caught.\n' "$#"

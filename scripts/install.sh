#!/usr/bin/env bash
# Puts the release build where a machine keeps its programs, with the units of systemd, completions of the shells, pages of the
# manual, and the documents. What a person may have changed (configuration, environment) is never overwritten. Removing: --remove.
#
#   PREFIX      /usr/local
#   SYSCONFDIR  /etc
#   DESTDIR     a folder that stands for /, for those who make packages
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

prefix=${PREFIX:-/usr/local} etc=${SYSCONFDIR:-/etc} dest=${DESTDIR:-}
programs=(lead-scheduler lead-worker lead-queue demo-crm)
units=$prefix/lib/systemd/system
if [[ $prefix == /usr/local ]]; then units=/etc/systemd/system; fi

remove() {
  local program
  for program in "${programs[@]}"; do
    rm -f "$dest$prefix/bin/$program" "$dest$prefix/share/bash-completion/completions/$program" \
      "$dest$prefix/share/zsh/site-functions/_$program" "$dest$prefix/share/fish/vendor_completions.d/$program.fish" \
      "$dest$prefix/share/man/man1/$program.1" "$dest$prefix/share/man/man1/$program"-*.1
  done
  rm -f "$dest$units"/lead-scheduler.service "$dest$units"/lead-worker@.service \
    "$dest$units"/lead-dashboard.service "$dest$units"/lead-queue-backup.{service,timer}
  rm -rf "$dest$prefix/share/lead-queue" "$dest$prefix/share/doc/lead-queue"
  echo "Removed. Configuration ($etc/lead-queue) and data are still there."
}

# The paths that the units name.
place_units() {
  local unit
  for unit in config/systemd/*; do
    sed -e "s#/usr/local/#$prefix/#g" -e "s#/etc/lead-queue/#$etc/lead-queue/#g" "$unit" |
      install -D -m 644 /dev/stdin "$dest$units/${unit##*/}"
  done
}

place_completions() {
  local program
  for program in "${programs[@]}"; do
    ".build/release/$program" --generate-completion-script bash |
      install -D -m 644 /dev/stdin "$dest$prefix/share/bash-completion/completions/$program"
    ".build/release/$program" --generate-completion-script zsh |
      install -D -m 644 /dev/stdin "$dest$prefix/share/zsh/site-functions/_$program"
    ".build/release/$program" --generate-completion-script fish |
      install -D -m 644 /dev/stdin "$dest$prefix/share/fish/vendor_completions.d/$program.fish"
  done
}

# A page for each program and each of its commands: `man lead-queue jobs`.
place_manual() {
  local program pages
  pages=$(mktemp -d)
  for program in "${programs[@]}"; do
    ".build/release/$program" --experimental-dump-help | .build/release/manual --out "$pages"
  done
  install -D -m 644 -t "$dest$prefix/share/man/man1" "$pages"/*.1
  rm -r "$pages"
}

case ${1-} in
  '') ;;
  --remove)
    remove
    exit
    ;;
  *)
    echo "usage: $0 [--remove]" >&2
    exit 64
    ;;
esac

for program in "${programs[@]}"; do
  install -D -m 755 ".build/release/$program" "$dest$prefix/bin/$program"
done
install -D -m 755 scripts/backup.sh "$dest$prefix/share/lead-queue/backup.sh"
install -D -m 644 -t "$dest$prefix/share/lead-queue" config/schema.json config/demo_automation_config.json
install -D -m 644 -t "$dest$prefix/share/doc/lead-queue" README.md docs/*.md
place_units
place_completions
place_manual
# These may have been edited.
if [[ ! -e $dest$etc/lead-queue/automation_config.json ]]; then
  install -D -m 644 config/automation_config.json "$dest$etc/lead-queue/automation_config.json"
fi
if [[ ! -e $dest$etc/lead-queue/environment ]]; then
  install -D -m 600 config/environment.example "$dest$etc/lead-queue/environment"
fi
echo "Installed under $dest$prefix; configuration in $dest$etc/lead-queue. What comes next: docs/OPERATING.md."

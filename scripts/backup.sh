#!/usr/bin/env bash
# Copies the store into a folder, under the time, and lets the oldest copies of ours go. Programs may run meanwhile.
#
#   scripts/backup.sh FOLDER [NUMBER OF COPIES, 14]
set -euo pipefail

if [[ $# -lt 1 || $# -gt 2 || ! ${2-14} =~ ^[1-9][0-9]*$ ]]; then
  echo "usage: $0 FOLDER [NUMBER OF COPIES]" >&2
  exit 64
fi
folder=$1 copies=${2-14}
umask 077
mkdir -p "$folder"
lead-queue backup "$folder/lead-queue-$(date --utc +%Y%m%dT%H%M%SZ).db" --reason 'scheduled backup'
# Only after a copy that succeeded; names sort by time.
find "$folder" -maxdepth 1 -type f -name 'lead-queue-????????T??????Z.db' | sort --reverse |
  tail -n "+$((copies + 1))" | xargs --no-run-if-empty --delimiter='\n' rm --

#!/usr/bin/env bash
# Runs the tests that were built. Argument: a part of the names of those to run; without it all of them, in four turns:
# tests that watch the clock, or programs at work, would starve beside those that keep every core busy for a minute; and
# visitors of the dashboard that send and read slowly hold threads that other servers in the same process need.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit

watching_the_clock='^(ConnectorTests|DemoCRMTests|CommandTests)\.'
visiting='^DashboardTests\.'
simulating='^SimulationTests\.'

run() {
  swift test --skip-build --disable-xctest "$@" | awk '!/^◇ / && !/ started\.$/ { print; fflush() }'
}

if [[ -n ${1:-} ]]; then
  run --filter "$1"
  exit
fi
status=0
run --skip "$watching_the_clock|$visiting|$simulating" || status=1
run --filter "$simulating" || status=1
run --filter "$visiting" || status=1
run --filter "$watching_the_clock" || status=1
exit "$status"

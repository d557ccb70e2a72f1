# Machines on a network of their own, made of namespaces. To be sourced by hosts.sh, which gives this process namespaces of
# its own first: everything made here ends with it, and no packet leaves it.
#
# A machine has its own network, host name, processes, mounts, boot and time since boot; files it shares. What is left to
# tell two machines apart is the wall clock, which no namespace sets: `clocks` shifts it for the programs, by libfaketime.
# shellcheck shell=bash
# shellcheck disable=SC2154  # folder is hosts.sh's

readonly network=10.77.0
declare -A machines=() # process id of a machine's first process, by the machine's name
declare -A clocks=()   # seconds by which a machine's clock is wrong, such as +540; none: it is right

# Keeps a machine alive, and buries what its processes leave behind, as a first process must.
# shellcheck disable=SC2016  # expanded by the machine
readonly first_process='hostname "$0" && mount --bind "$1" /proc/sys/kernel/random/boot_id && ip link set lo up &&
  touch "$2" && while :; do sleep 1000 & wait; done'

# await SECONDS COMMAND …: until it succeeds; fails when it has not by then.
await() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    ((SECONDS < end)) || return 1
    sleep 0.1
  done
}

make_switch() {
  ip link add switch type bridge
  ip link set switch up
  ip link set lo up
}

# make_machine NAME NUMBER: its address ends in NUMBER.
make_machine() {
  local name=$1 number=$2 boot=$folder/machines/$1.boot ready=$folder/machines/$1.ready
  cat /proc/sys/kernel/random/uuid > "$boot"
  unshare --net --uts --mount --pid --time --boottime "$((number * 100000))" --fork --kill-child --mount-proc -- \
    bash -c "$first_process" "$name" "$boot" "$ready" < /dev/null &
  local parent=$!
  if ! await 10 test -e "$ready"; then
    echo "The machine $name could not be made." >&2
    exit 69
  fi
  machines[$name]=$(pgrep --parent "$parent")
  ip link add "port-$name" type veth peer name eth0 netns "${machines[$name]}"
  ip link set "port-$name" master switch up
  on "$name" ip address add "$network.$number/24" dev eth0
  on "$name" ip link set eth0 up
}

# on MACHINE COMMAND …: runs it there, to its end.
on() {
  local entrance
  entrance=("--target=${machines[$1]}" --net --uts --mount --pid --time)
  nsenter "${entrance[@]}" -- "${@:2}"
}

# The cable is pulled out of the switch: nothing arrives, and nobody is told.
unplug() { ip link set "port-$1" down; }
plug() { ip link set "port-$1" up; }

# The words that shift a machine's clock for a program started by `env`. Time since boot stays as it is.
clock_of() {
  if [[ -n ${clocks[$1]-} ]]; then
    printf '%s\n' "LD_PRELOAD=$faketime" "FAKETIME=${clocks[$1]}s" FAKETIME_DONT_FAKE_MONOTONIC=1 \
      DONT_FAKE_MONOTONIC=1 FAKETIME_DISABLE_SHM=1
  fi
}

#!/usr/bin/env bash
# Makes sure that what the build needs is there, and installs what is missing with apt-get, as root or through sudo.
# With --tests also PostgreSQL, for a temporary cluster: no cluster is created or started on the machine; and a mail server
# in Python, which listens while a test runs. With --hosts also what several machines are made of (scripts/hosts.sh).
# Prints nothing when nothing is missing. Exit code 69: something is missing and could not be installed.
set -euo pipefail

readonly swift_needed=6.2

fail() {
  printf '%s\n' "$@" >&2
  exit 69
}

# Looks for the thing itself rather than for a package's name, so that any way to install it will do.
is_present() {
  case $1 in
    ca-certificates) [[ -e /etc/ssl/certs/ca-certificates.crt ]] ;;
    git) command -v git ;;
    iproute2) command -v ip ;;
    libcurl4-openssl-dev) pkg-config --exists libcurl ;;
    libfaketime) [[ -n $(find /usr/lib -name libfaketimeMT.so.1 -print -quit) ]] ;;
    libpq-dev) pkg-config --exists libpq ;;
    libsqlite3-dev) pkg-config --exists sqlite3 ;;
    libssl-dev) pkg-config --exists libcrypto ;;
    openssl) command -v openssl ;;
    pkg-config) command -v pkg-config ;;
    postgresql) "$(dirname "${BASH_SOURCE[0]}")/with-postgres.sh" --find ;;
    procps) command -v pgrep ;;
    python3-aiosmtpd) /usr/bin/python3 -c 'import aiosmtpd.smtp' ;;
    tzdata) [[ -e /usr/share/zoneinfo/America/New_York ]] ;;
  esac > /dev/null 2>&1
}

missing_of() {
  local package
  for package in "$@"; do
    is_present "$package" || printf '%s\n' "$package"
  done
}

# Runs a command as root; its output is shown only when it fails.
as_root() {
  local output status=0
  output=$("${root[@]}" env DEBIAN_FRONTEND=noninteractive UCF_FORCE_CONFFOLD=1 "$@" 2>&1 < /dev/null) || status=$?
  if ((status != 0)); then printf '%s\n' "$output" | tail -n 15 >&2; fi
  return "$status"
}

apt_install() {
  as_root apt-get install --yes --quiet --no-install-recommends -o DPkg::Lock::Timeout=120 "$@"
}

# The lists of packages are fetched only where apt knows none of a package yet.
update_lists_if_needed() {
  local package
  for package in "$@"; do
    if [[ -z $(apt-cache search --names-only "^${package//+/\\+}\$" 2> /dev/null) ]]; then
      as_root apt-get update --quiet
      return
    fi
  done
}

# Debian's package would create and start a cluster on port 5432; the setting is put back afterwards.
install_postgresql() {
  local settings=/etc/postgresql-common/createcluster.conf status=0
  apt_install postgresql-common || return
  as_root cp --preserve "$settings" "$settings.before-lead-queue" || return
  as_root sed --in-place 's/^[#[:space:]]*create_main_cluster[[:space:]]*=.*//' "$settings" || return
  as_root sed --in-place '$ a create_main_cluster = false' "$settings" || return
  apt_install postgresql || status=$?
  as_root mv "$settings.before-lead-queue" "$settings" || return
  return "$status"
}

install() {
  local packages=() package
  for package in "$@"; do
    if [[ $package != postgresql ]]; then packages+=("$package"); fi
  done
  if ((${#packages[@]} > 0)); then apt_install "${packages[@]}" || return; fi
  if [[ " $* " == *' postgresql '* ]]; then install_postgresql || return; fi
}

check_swift() {
  local found='' advice
  advice="Install it from https://www.swift.org/install/linux/, for instance with swiftly:
  curl -O https://download.swift.org/swiftly/linux/swiftly-$(uname -m).tar.gz
  tar zxf swiftly-$(uname -m).tar.gz && ./swiftly init"
  if ! command -v swift > /dev/null; then
    fail "Swift $swift_needed or newer is needed, and there is no swift on the PATH." "$advice"
  fi
  found=$(swift --version 2> /dev/null | sed -nE 's/.*Swift version ([0-9]+(\.[0-9]+)*).*/\1/p' | head -n 1)
  if [[ $(printf '%s\n' "$swift_needed" "${found:-0}" | sort --version-sort | head -n 1) != "$swift_needed" ]]; then
    fail "Swift $swift_needed or newer is needed; $(command -v swift) is ${found:-of an unknown version}." "$advice"
  fi
}

wanted=(ca-certificates git pkg-config libsqlite3-dev libpq-dev libcurl4-openssl-dev libssl-dev tzdata)
case ${1-} in
  '') ;;
  --tests) wanted+=(postgresql openssl python3-aiosmtpd) ;;
  --hosts) wanted+=(postgresql iproute2 libfaketime procps) ;;
  *)
    echo "usage: $0 [--tests | --hosts]" >&2
    exit 64
    ;;
esac

check_swift
mapfile -t missing < <(missing_of "${wanted[@]}")
if ((${#missing[@]} == 0)); then exit 0; fi

if ((EUID == 0)); then
  root=()
elif command -v sudo > /dev/null && { [[ -t 0 ]] || sudo --non-interactive true 2> /dev/null; }; then
  root=(sudo)
  if [[ -t 0 ]]; then sudo --validate --prompt='Password of %u, to install packages: '; fi
else
  root=(false)
fi
command="apt-get install ${missing[*]}"
if ! command -v apt-get > /dev/null; then
  fail "Missing: ${missing[*]} (Debian's names)." "Install them with this system's package manager, and try again."
elif [[ ${root[*]-} == false ]]; then
  fail "Missing: ${missing[*]}. Installing them takes root:" "  sudo $command"
fi

echo "Installing ${missing[*]} …" >&2
if ! { update_lists_if_needed "${missing[@]}" && install "${missing[@]}"; }; then
  echo "Once more, with fresh lists of packages …" >&2
  if ! { as_root apt-get update --quiet && install "${missing[@]}"; }; then
    fail "The packages could not be installed. The command was:" "  $command"
  fi
fi
mapfile -t missing < <(missing_of "${wanted[@]}")
if ((${#missing[@]} > 0)); then fail "Installed, and still not found: ${missing[*]}."; fi

# PostgreSQL servers on machines, which may be ill-treated. To be sourced by hosts.sh.
#
# A server's tables and its write-ahead log lie on small file systems of their own, so that each can be filled.
# shellcheck shell=bash
# shellcheck disable=SC2154  # folder, network, postgres_programs are hosts.sh's

readonly disk_megabytes=96

# To be called before the machines are made, which see the mounts of their beginning.
make_disks() {
  local base=$folder/servers/$1 disk
  mkdir --parents "$base/socket"
  for disk in tables wal; do
    mkdir "$base/$disk"
    mount -t tmpfs -o "size=${disk_megabytes}m" "$1-$disk" "$base/$disk"
    mkdir "$base/$disk/files"
  done
  chown --recursive postgres "$base"
}

as_postgres() {
  on "$1" runuser --user postgres -- "$postgres_programs/$2" "${@:3}"
}

# make_server MACHINE PASSWORD: with the user leads, who comes over the network with this password only.
make_server() {
  local base=$folder/servers/$1
  as_postgres "$1" initdb --pgdata="$base/data" --waldir="$base/wal/files/pg_wal" --wal-segsize=1 --username=postgres \
    --auth-local=trust --auth-host=reject --encoding=UTF8 --locale=C --no-sync > "$base/initdb.out" 2>&1
  echo "host all leads $network.0/24 scram-sha-256" >> "$base/data/pg_hba.conf"
  cat >> "$base/data/postgresql.conf" << CONFIGURATION
listen_addresses = '*'
unix_socket_directories = '$base/socket'
password_encryption = 'scram-sha-256'
max_connections = 60
min_wal_size = 2MB
max_wal_size = 4MB
CONFIGURATION
  start_server "$1"
  ask "$1" postgres "CREATE TABLESPACE small LOCATION '$base/tables/files'"
  ask "$1" postgres "CREATE ROLE leads LOGIN PASSWORD '$2'"
}

# make_database MACHINE NAME
make_database() {
  ask "$1" postgres "CREATE DATABASE $2 OWNER leads TABLESPACE small"
}

# ask MACHINE DATABASE SQL: the answer, a row a line; nothing from a server that is down. Not over the network.
ask() {
  PGOPTIONS=${search_path:+-csearch_path=$search_path} "$postgres_programs/psql" --no-psqlrc --quiet --tuples-only \
    --no-align --set=ON_ERROR_STOP=1 --username=postgres --host="$folder/servers/$1/socket" --dbname="$2" --command="$3"
}

answers() { [[ $(ask "$1" postgres 'SELECT 1' 2> /dev/null) == 1 ]]; }

start_server() {
  local base=$folder/servers/$1
  as_postgres "$1" pg_ctl start --silent --wait --timeout=60 --pgdata="$base/data" --log="$base/log" > "$base/start.out" 2>&1
}

# As after SIGKILL the processes of the old server may have to end first.
start_again() {
  await 30 start_server "$1"
}

# As when the machine dies: nothing is finished, nobody is told.
stop_at_once() {
  as_postgres "$1" pg_ctl stop --silent --wait --mode=immediate --pgdata="$folder/servers/$1/data" > /dev/null
}

# Its first process alone; the others notice.
kill_server() {
  on "$1" kill -KILL "$(head -n 1 "$folder/servers/$1/data/postmaster.pid")"
}

# fill MACHINE DISK: to the last byte.
fill() {
  ! dd if=/dev/zero of="$folder/servers/$1/$2/ballast" bs=64k 2> /dev/null || return 1
  ! dd if=/dev/zero of="$folder/servers/$1/$2/crumbs" bs=512 2> /dev/null
}

make_room() {
  rm "$folder/servers/$1/$2/ballast" "$folder/servers/$1/$2/crumbs"
}

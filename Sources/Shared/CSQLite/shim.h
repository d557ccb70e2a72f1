#pragma once
#include <sqlite3.h>

// SQLITE_TRANSIENT is a cast of -1 to a function pointer, which Swift does not import.
static inline sqlite3_destructor_type lq_sqlite_transient(void) { return SQLITE_TRANSIENT; }

// sqlite3_db_config is variadic, which Swift does not import.
static inline int lq_sqlite_db_config_flag(sqlite3 *db, int option, int value) {
  return sqlite3_db_config(db, option, value, (int *)0);
}

// sqlite3_config too. Without statistics of memory, which nobody reads, no lock of the whole process is taken at every allocation
// (https://sqlite.org/c3ref/c_config_covering_index_scan.html#sqliteconfigmemstatus). Refused, and without effect, once the
// library is in use.
static inline int lq_sqlite_config_without_statistics(void) { return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }

// The raw limit of reading a source into the catalog: the statements that it cannot do without, in a loop in C, over rows that
// are known beforehand.

// For clock_gettime.
#define _GNU_SOURCE

#include "CQueueLoop.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { lead_columns = 11 };

static double lead_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int lead_open(const char *path, sqlite3 **db) {
  int code = sqlite3_open_v2(path, db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
  if (code != SQLITE_OK) return code;
  return sqlite3_exec(*db,
                      "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; PRAGMA foreign_keys = ON;"
                      "PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16384;",
                      NULL, NULL, NULL);
}

// Reads up to `portion` rows; the statement stays where it is for the next portion.
static int lead_read(sqlite3_stmt *from, int portion, sqlite3_value **values, int *count) {
  *count = 0;
  while (*count < portion) {
    int code = sqlite3_step(from);
    if (code == SQLITE_DONE) return SQLITE_OK;
    if (code != SQLITE_ROW) return code;
    for (int column = 0; column < lead_columns; column++)
      values[*count * lead_columns + column] = sqlite3_value_dup(sqlite3_column_value(from, column));
    (*count)++;
  }
  return SQLITE_OK;
}

static int lead_write(sqlite3 *db, sqlite3_stmt *into, sqlite3_value **values, int count) {
  int code = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
  for (int row = 0; row < count && code == SQLITE_OK; row++) {
    for (int column = 0; column < lead_columns; column++)
      sqlite3_bind_value(into, column + 1, values[row * lead_columns + column]);
    code = sqlite3_step(into) == SQLITE_DONE ? SQLITE_OK : sqlite3_errcode(db);
    sqlite3_reset(into);
  }
  return code == SQLITE_OK ? sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) : code;
}

int lq_lead_loop(const char *source, const char *target, int portion, int64_t *rows, double *seconds) {
  sqlite3 *from_db = NULL, *into_db = NULL;
  sqlite3_stmt *from = NULL, *into = NULL;
  sqlite3_value **values = calloc((size_t)portion * lead_columns, sizeof *values);
  *rows = 0;
  *seconds = 0;
  int code = lead_open(source, &from_db);
  if (code == SQLITE_OK) code = lead_open(target, &into_db);
  if (code == SQLITE_OK)
    code = sqlite3_prepare_v2(from_db,
                              "SELECT key, source_id, line, class, score, body, npi, generation, changed_at, region, segment "
                              "FROM lead ORDER BY id",
                              -1, &from, NULL);
  if (code == SQLITE_OK)
    code = sqlite3_prepare_v2(into_db,
                              "INSERT INTO lead (key, source_id, line, class, score, body, npi, state, generation, changed_at, "
                              "region, segment) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'available', ?8, ?9, ?10, ?11)",
                              -1, &into, NULL);
  int count = portion;
  while (code == SQLITE_OK && count == portion) {
    code = lead_read(from, portion, values, &count);
    if (code != SQLITE_OK) break;
    double start = lead_seconds();
    code = lead_write(into_db, into, values, count);
    *seconds += lead_seconds() - start;
    *rows += count;
    for (int at = 0; at < count * lead_columns; at++) sqlite3_value_free(values[at]);
  }
  sqlite3_finalize(from);
  sqlite3_finalize(into);
  sqlite3_close_v2(from_db);
  sqlite3_close_v2(into_db);
  free(values);
  return code;
}

// For clock_gettime and O_CLOEXEC.
#define _GNU_SOURCE

#include "CQueueLoop.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

// A lease is never extended here, so it is the longest that there is (`JobTable.leaseDurationMax`).
#define LEASE_MILLISECONDS 3600000
#define BATCH_MAX 10000
// Rows in one statement. One row each is half as fast: starting a statement costs as much as writing a row, and
// AUTOINCREMENT keeps its books once a statement.
#define ROWS_MAX 100

// Statements for any number of rows from 1 to ROWS_MAX; each size is prepared when it is first used.
enum statement {
  BEGIN_WRITE,
  COMMIT_WRITE,
  LEASE,
  INSERT_JOBS,
  EVENTS_ENQUEUED,
  EVENTS_LEASED,
  EVENTS_SUCCEEDED,
  SETTLE,
  STATEMENTS
};

// A statement's text: `head`, `row` once for each row, `tail`. Of each row's parameters the numbers are put in.
struct text {
  const char *head;
  const char *row;
  const char *tail;
  // Parameters that all rows share, which come first, and those of each row.
  int shared;
  int each;
};

// The columns that `JobTable` fills, no more and no less; constant texts stand in the statements.
static const struct text texts[STATEMENTS] = {
    [BEGIN_WRITE] = {"BEGIN IMMEDIATE", "", "", 0, 0},
    [COMMIT_WRITE] = {"COMMIT", "", "", 0, 0},
    // What a handler needs to run comes back with it.
    [LEASE] =
        {"UPDATE job SET state = 'leased', attempt = attempt + 1, worker_id = ?1, lease_expires_at = ?2 WHERE id IN ("
         "SELECT id FROM job WHERE state = 'available' AND is_held = 0 AND queue = ?3 ORDER BY order_at, id LIMIT ?4)"
         " RETURNING id, attempt, kind, payload, payload_version, failures, max_failures",
         "", "", 4, 0},
    [INSERT_JOBS] =
        {"INSERT INTO job (kind, queue, state, priority, run_at, order_at, payload, payload_version, max_failures,"
         " created_at, is_permanent) VALUES ",
         "(?1, ?2, 'available', 0, ?3, ?3, ?%d, 1, 8, ?3, 0)", "", 3, 1},
    [EVENTS_ENQUEUED] =
        {"INSERT INTO job_event (job_id, at, transition, attempt) VALUES ", "(?%d, ?1, 'enqueued', 0)", "", 1, 1},
    [EVENTS_LEASED] =
        {"INSERT INTO job_event (job_id, at, transition, attempt, worker_id) VALUES ", "(?%d, ?1, 'leased', ?%d, ?2)", "",
         2, 2},
    [EVENTS_SUCCEEDED] =
        {"INSERT INTO job_event (job_id, at, transition, attempt, worker_id) VALUES ",
         "(?%d, ?1, 'succeeded', ?%d, ?2)", "", 2, 2},
    [SETTLE] =
        {"WITH ours (id, attempt) AS (VALUES ", "(?%d, ?%d)",
         ") UPDATE job SET state = 'succeeded', reason = NULL, result = NULL, settled_at = ?1, lease_expires_at = NULL"
         " FROM ours WHERE job.id = ours.id AND job.attempt = ours.attempt AND job.state = 'leased'",
         1, 2},
};

// SETTLE for one row.
static const char *const settle_one =
    "UPDATE job SET state = 'succeeded', reason = NULL, result = NULL, settled_at = ?1, lease_expires_at = NULL"
    " WHERE id = ?2 AND attempt = ?3 AND state = 'leased'";

struct lease {
  int64_t job;
  int64_t attempt;
};

struct lq_loop {
  sqlite3 *database;
  sqlite3_stmt *statements[STATEMENTS][ROWS_MAX + 1];
  enum lq_durability durability;
  struct lease leases[BATCH_MAX];
  // What a handler would be given; a checksum keeps the reading from being left out.
  uint64_t payload_bytes;
  char message[1024];
};

int64_t lq_monotonic_nanoseconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static int64_t wall_milliseconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

const char *lq_loop_message(const lq_loop *loop) { return loop->message; }

// Keeps the first reason: what fails afterwards is its consequence.
static int failed(lq_loop *loop, const char *doing, const char *reason) {
  if (loop->message[0] == '\0') snprintf(loop->message, sizeof loop->message, "%.400s: %.500s", doing, reason);
  return -1;
}

static int failed_in_sqlite(lq_loop *loop, const char *doing) {
  return failed(loop, doing, loop->database ? sqlite3_errmsg(loop->database) : "out of memory");
}

// Prepares the statement for this number of rows.
static sqlite3_stmt *prepare(lq_loop *loop, enum statement name, int rows) {
  const struct text *text = &texts[name];
  size_t size = strlen(text->head) + (size_t)rows * (strlen(text->row) + 16) + strlen(text->tail) + 1;
  char *sql = malloc(size);
  if (sql == NULL) {
    failed(loop, text->head, "out of memory");
    return NULL;
  }
  size_t length = (size_t)snprintf(sql, size, "%s", text->head);
  int parameter = text->shared + 1;
  for (int row = 0; text->each > 0 && row < rows; row++) {
    if (row > 0) length += (size_t)snprintf(sql + length, size - length, ", ");
    // A row has one parameter of its own or two; the second number is passed over by a row that has one.
    length += (size_t)snprintf(sql + length, size - length, text->row, parameter, parameter + 1);
    parameter += text->each;
  }
  snprintf(sql + length, size - length, "%s", text->tail);
  const char *chosen = name == SETTLE && rows == 1 ? settle_one : sql;
  sqlite3_stmt **slot = &loop->statements[name][rows];
  if (sqlite3_prepare_v3(loop->database, chosen, -1, SQLITE_PREPARE_PERSISTENT, slot, NULL) != SQLITE_OK)
    failed_in_sqlite(loop, text->head);
  free(sql);
  return *slot;
}

// NULL when it cannot be prepared.
static sqlite3_stmt *statement(lq_loop *loop, enum statement name, int rows) {
  sqlite3_stmt *known = loop->statements[name][rows];
  return known != NULL ? known : prepare(loop, name, rows);
}

// Runs a statement that returns no rows, and makes it ready for the next time. Its bindings stay.
static int run(lq_loop *loop, enum statement name, int rows) {
  sqlite3_stmt *prepared = statement(loop, name, rows);
  if (prepared == NULL) return -1;
  if (sqlite3_step(prepared) != SQLITE_DONE) {
    failed_in_sqlite(loop, texts[name].head);
    sqlite3_reset(prepared);
    return -1;
  }
  return sqlite3_reset(prepared) == SQLITE_OK ? 0 : failed_in_sqlite(loop, texts[name].head);
}

static int bind_int(lq_loop *loop, enum statement name, int rows, int index, int64_t value) {
  sqlite3_stmt *prepared = statement(loop, name, rows);
  if (prepared == NULL) return -1;
  return sqlite3_bind_int64(prepared, index, value) == SQLITE_OK ? 0 : failed_in_sqlite(loop, texts[name].head);
}

// `text` must stay until the statement has run.
static int bind_text(lq_loop *loop, enum statement name, int rows, int index, const char *text, int bytes) {
  sqlite3_stmt *prepared = statement(loop, name, rows);
  if (prepared == NULL) return -1;
  return sqlite3_bind_text(prepared, index, text, bytes, SQLITE_STATIC) == SQLITE_OK
             ? 0
             : failed_in_sqlite(loop, texts[name].head);
}

// How many of the rows that are left go into the next statement.
static int rows_of(int64_t left) { return left < ROWS_MAX ? (int)left : ROWS_MAX; }

// Ends a transaction that something went wrong in; SQLite may have done so itself.
static int roll_back(lq_loop *loop) {
  if (!sqlite3_get_autocommit(loop->database) && sqlite3_exec(loop->database, "ROLLBACK", NULL, NULL, NULL) != SQLITE_OK)
    failed_in_sqlite(loop, "ROLLBACK");
  return -1;
}

// Cannot change inside a transaction. Not a prepared statement: SQLite carries it out while compiling.
static int set_durability(lq_loop *loop, enum lq_durability durability) {
  if (loop->durability == durability) return 0;
  const char *sql = durability == LQ_SURVIVES_POWER ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL";
  if (sqlite3_exec(loop->database, sql, NULL, NULL, NULL) != SQLITE_OK) return failed_in_sqlite(loop, sql);
  loop->durability = durability;
  return 0;
}

lq_loop *lq_loop_open(const char *path) {
  lq_loop *loop = calloc(1, sizeof *loop);
  if (loop == NULL) return NULL;
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  if (sqlite3_open_v2(path, &loop->database, flags, NULL) != SQLITE_OK) {
    failed_in_sqlite(loop, "opening the store");
    return loop;
  }
  // The settings of SQLiteConnection. Waiting for other processes is left to SQLite.
  if (sqlite3_db_config(loop->database, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)0) != SQLITE_OK ||
      sqlite3_db_config(loop->database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, (int *)0) != SQLITE_OK ||
      sqlite3_busy_timeout(loop->database, 10000) != SQLITE_OK ||
      sqlite3_exec(
          loop->database,
          "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; PRAGMA foreign_keys = ON; PRAGMA synchronous = NORMAL;"
          "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16384; PRAGMA mmap_size = 0",
          NULL, NULL, NULL) != SQLITE_OK) {
    failed_in_sqlite(loop, "setting the connection up");
    return loop;
  }
  return loop;
}

void lq_loop_close(lq_loop *loop) {
  if (loop == NULL) return;
  for (int name = 0; name < STATEMENTS; name++)
    for (int rows = 0; rows <= ROWS_MAX; rows++) sqlite3_finalize(loop->statements[name][rows]);
  sqlite3_close_v2(loop->database);
  free(loop);
}

// Adds a transaction that began at `began` to the result and returns when it ended.
static int64_t account(lq_loop_result *result, int64_t began, int64_t jobs) {
  int64_t now = lq_monotonic_nanoseconds();
  if (now - began > result->longest_nanoseconds) result->longest_nanoseconds = now - began;
  result->transactions += 1;
  result->jobs += jobs;
  return now;
}

// What is to be enqueued.
struct order {
  const char *queue;
  const char *kind;
  const char *payload;
  int payload_bytes;
};

static int enqueue_rows(lq_loop *loop, const struct order *order, int rows, int64_t now) {
  if (bind_text(loop, INSERT_JOBS, rows, 1, order->kind, -1) || bind_text(loop, INSERT_JOBS, rows, 2, order->queue, -1) ||
      bind_int(loop, INSERT_JOBS, rows, 3, now) || bind_int(loop, EVENTS_ENQUEUED, rows, 1, now))
    return -1;
  for (int row = 0; row < rows; row++)
    if (bind_text(loop, INSERT_JOBS, rows, 4 + row, order->payload, order->payload_bytes)) return -1;
  if (run(loop, INSERT_JOBS, rows)) return -1;
  // Nobody else inserts meanwhile, so that the ids of one statement follow one another.
  int64_t first = sqlite3_last_insert_rowid(loop->database) - rows + 1;
  for (int row = 0; row < rows; row++)
    if (bind_int(loop, EVENTS_ENQUEUED, rows, 2 + row, first + row)) return -1;
  return run(loop, EVENTS_ENQUEUED, rows);
}

static int enqueue_batch(lq_loop *loop, const struct order *order, int64_t count) {
  if (run(loop, BEGIN_WRITE, 1)) return -1;
  int64_t now = wall_milliseconds();
  int rows;
  for (int64_t done = 0; done < count; done += rows) {
    rows = rows_of(count - done);
    if (enqueue_rows(loop, order, rows, now)) return roll_back(loop);
  }
  return run(loop, COMMIT_WRITE, 1) ? roll_back(loop) : 0;
}

int lq_loop_enqueue(
    lq_loop *loop, const char *queue, const char *kind, const char *payload, int64_t count, int64_t batch,
    enum lq_durability durability, lq_loop_result *result) {
  *result = (lq_loop_result){0};
  if (batch < 1) return failed(loop, "enqueueing", "a batch holds at least one job");
  struct order order = {.queue = queue, .kind = kind, .payload = payload, .payload_bytes = (int)strlen(payload)};
  int64_t start = lq_monotonic_nanoseconds();
  int64_t last = start;
  if (set_durability(loop, durability)) return -1;
  while (result->jobs < count) {
    int64_t size = count - result->jobs < batch ? count - result->jobs : batch;
    if (enqueue_batch(loop, &order, size)) return -1;
    last = account(result, last, size);
  }
  result->nanoseconds = last - start;
  return 0;
}

// Writes an event for each lease; `name` says which.
static int write_events(lq_loop *loop, enum statement name, const char *worker, int64_t count, int64_t now) {
  int rows;
  for (int64_t done = 0; done < count; done += rows) {
    rows = rows_of(count - done);
    if (bind_int(loop, name, rows, 1, now) || bind_text(loop, name, rows, 2, worker, -1)) return -1;
    for (int row = 0; row < rows; row++) {
      struct lease lease = loop->leases[done + row];
      if (bind_int(loop, name, rows, 3 + 2 * row, lease.job) || bind_int(loop, name, rows, 4 + 2 * row, lease.attempt))
        return -1;
    }
    if (run(loop, name, rows)) return -1;
  }
  return 0;
}

// Leases up to `limit` jobs into `loop->leases`, inside a transaction. Returns how many, -1 on failure.
static int64_t take_leases(lq_loop *loop, const char *worker, const char *queue, int64_t limit, int64_t now) {
  if (bind_text(loop, LEASE, 1, 1, worker, -1) || bind_int(loop, LEASE, 1, 2, now + LEASE_MILLISECONDS) ||
      bind_text(loop, LEASE, 1, 3, queue, -1) || bind_int(loop, LEASE, 1, 4, limit))
    return -1;
  sqlite3_stmt *lease = loop->statements[LEASE][1];
  int64_t count = 0;
  int code;
  while ((code = sqlite3_step(lease)) == SQLITE_ROW && count < limit) {
    loop->leases[count].job = sqlite3_column_int64(lease, 0);
    loop->leases[count].attempt = sqlite3_column_int64(lease, 1);
    if (sqlite3_column_text(lease, 2) == NULL || sqlite3_column_text(lease, 3) == NULL) break;
    loop->payload_bytes += (uint64_t)sqlite3_column_bytes(lease, 3) + (uint64_t)sqlite3_column_int64(lease, 4) +
                           (uint64_t)sqlite3_column_int64(lease, 5) + (uint64_t)sqlite3_column_int64(lease, 6);
    count += 1;
  }
  if (code != SQLITE_DONE) failed_in_sqlite(loop, texts[LEASE].head);
  return sqlite3_reset(lease) == SQLITE_OK && code == SQLITE_DONE ? count : failed_in_sqlite(loop, texts[LEASE].head);
}

// Returns how many were leased into `loop->leases`, -1 on failure.
static int64_t lease_batch(lq_loop *loop, const char *worker, const char *queue, int64_t limit) {
  if (run(loop, BEGIN_WRITE, 1)) return -1;
  int64_t now = wall_milliseconds();
  int64_t count = take_leases(loop, worker, queue, limit, now);
  if (count < 0 || write_events(loop, EVENTS_LEASED, worker, count, now)) return roll_back(loop);
  return run(loop, COMMIT_WRITE, 1) ? roll_back(loop) : count;
}

static int settle_rows(lq_loop *loop, const struct lease *leases, int rows, int64_t now) {
  if (bind_int(loop, SETTLE, rows, 1, now)) return -1;
  for (int row = 0; row < rows; row++)
    if (bind_int(loop, SETTLE, rows, 2 + 2 * row, leases[row].job) ||
        bind_int(loop, SETTLE, rows, 3 + 2 * row, leases[row].attempt))
      return -1;
  if (run(loop, SETTLE, rows)) return -1;
  return sqlite3_changes(loop->database) == rows ? 0 : failed(loop, "settling", "a lease was lost");
}

// Settles the first `count` of `loop->leases` as succeeded.
static int settle_batch(lq_loop *loop, const char *worker, int64_t count) {
  if (run(loop, BEGIN_WRITE, 1)) return -1;
  int64_t now = wall_milliseconds();
  int rows;
  for (int64_t done = 0; done < count; done += rows) {
    rows = rows_of(count - done);
    if (settle_rows(loop, loop->leases + done, rows, now)) return roll_back(loop);
  }
  if (write_events(loop, EVENTS_SUCCEEDED, worker, count, now)) return roll_back(loop);
  return run(loop, COMMIT_WRITE, 1) ? roll_back(loop) : 0;
}

int lq_loop_work(
    lq_loop *loop, const char *worker, const char *queue, int64_t count, int64_t batch, enum lq_durability durability,
    lq_loop_result *result) {
  *result = (lq_loop_result){0};
  if (batch < 1 || batch > BATCH_MAX) return failed(loop, "leasing", "a batch holds 1 to 10,000 jobs");
  int64_t start = lq_monotonic_nanoseconds();
  int64_t last = start;
  while (result->jobs < count) {
    int64_t limit = count - result->jobs < batch ? count - result->jobs : batch;
    if (set_durability(loop, LQ_SURVIVES_PROCESS)) return -1;
    int64_t leased = lease_batch(loop, worker, queue, limit);
    if (leased < 0) return -1;
    last = account(result, last, 0);
    if (leased == 0) break;
    if (set_durability(loop, durability) || settle_batch(loop, worker, leased)) return -1;
    last = account(result, last, leased);
  }
  result->nanoseconds = last - start;
  return 0;
}

int lq_loop_listen(
    lq_loop *loop, int bell, const char *worker, const char *queue, lq_loop_start *starts, int64_t capacity,
    int64_t *count) {
  *count = 0;
  if (set_durability(loop, LQ_SURVIVES_PROCESS)) return -1;
  while (*count < capacity) {
    char byte;
    ssize_t heard = read(bell, &byte, 1);
    if (heard < 0 && errno == EINTR) continue;
    if (heard < 0) return failed(loop, "listening", strerror(errno));
    if (heard == 0) return 0;
    int64_t leased = lease_batch(loop, worker, queue, 1);
    if (leased < 0) return -1;
    if (leased == 0) continue;
    starts[*count] = (lq_loop_start){.job = loop->leases[0].job, .began = lq_monotonic_nanoseconds()};
    *count += 1;
    if (settle_batch(loop, worker, leased)) return -1;
  }
  return 0;
}

int64_t lq_longest_line(const char *path, size_t piece, int64_t *nanoseconds) {
  int64_t start = lq_monotonic_nanoseconds();
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return -1;
  char *bytes = malloc(piece);
  int64_t longest = 0;
  int64_t length = 0;
  ssize_t count = -1;
  while (bytes != NULL && ((count = read(file, bytes, piece)) > 0 || (count < 0 && errno == EINTR))) {
    const char *at = bytes;
    const char *end = bytes + (count > 0 ? count : 0);
    const char *newline;
    while (at < end && (newline = memchr(at, '\n', (size_t)(end - at))) != NULL) {
      length += newline - at;
      if (length > longest) longest = length;
      length = 0;
      at = newline + 1;
    }
    length += end - at;
  }
  free(bytes);
  close(file);
  if (count < 0) return -1;
  *nanoseconds = lq_monotonic_nanoseconds() - start;
  return length > longest ? length : longest;
}

// For clock_gettime.
#define _GNU_SOURCE

#include "CServerLoop.h"

#include <errno.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BATCH_MAX 10000
// The digits of an int64_t, its sign and a comma.
#define DIGITS_MAX 21

// Each a whole transaction of its own.
static const char *const enqueue_text =
    "WITH made AS (INSERT INTO job (kind, queue, state, priority, run_at, order_at, payload, payload_version, max_failures,"
    " created_at, is_permanent) SELECT $1, $2, 'available', 0, CAST($3 AS bigint), CAST($3 AS bigint), $4, 1, 8,"
    " CAST($3 AS bigint), 0 FROM generate_series(1, CAST($5 AS bigint)) RETURNING id)"
    " INSERT INTO job_event (job_id, at, transition, attempt) SELECT id, CAST($3 AS bigint), 'enqueued', 0 FROM made";

// What a handler needs to run comes back with it. A lease is never extended here, so it is the longest that there is
// (`JobTable.leaseDurationMax`).
static const char *const lease_text =
    "WITH leased AS (UPDATE job SET state = 'leased', attempt = attempt + 1, worker_id = $1,"
    " lease_expires_at = CAST($2 AS bigint) + 3600000 WHERE id = ANY (ARRAY("
    "SELECT id FROM job WHERE state = 'available' AND is_held = 0 AND queue = $3 ORDER BY order_at, id"
    " LIMIT CAST($4 AS bigint) FOR NO KEY UPDATE SKIP LOCKED))"
    " RETURNING id, attempt, kind, payload, payload_version, failures, max_failures),"
    " noted AS (INSERT INTO job_event (job_id, at, transition, attempt, worker_id)"
    " SELECT id, CAST($2 AS bigint), 'leased', attempt, $1 FROM leased) SELECT * FROM leased";

// By the primary key, as `JobTable.isLeased` says: twice as fast as by the index over what is leased.
static const char *const settle_text =
    "WITH settled AS (UPDATE job SET state = 'succeeded', reason = NULL, result = NULL, settled_at = CAST($2 AS bigint),"
    " lease_expires_at = NULL FROM unnest(CAST($3 AS bigint[]), CAST($4 AS bigint[])) AS ours (id, attempt)"
    " WHERE job.id = ours.id AND job.attempt = ours.attempt AND COALESCE(job.state, '') = 'leased'"
    " RETURNING job.id, job.attempt)"
    " INSERT INTO job_event (job_id, at, transition, attempt, worker_id)"
    " SELECT id, CAST($2 AS bigint), 'succeeded', attempt, $1 FROM settled";

struct lq_server_loop {
  PGconn *connection;
  int64_t jobs[BATCH_MAX];
  int64_t attempts[BATCH_MAX];
  // PostgreSQL's text form of the two.
  char job_array[BATCH_MAX * DIGITS_MAX + 3];
  char attempt_array[BATCH_MAX * DIGITS_MAX + 3];
  // What a handler would be given; a checksum keeps the reading from being left out.
  uint64_t payload_bytes;
  char message[1024];
};

static int64_t wall_milliseconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

const char *lq_server_loop_message(const lq_server_loop *loop) { return loop->message; }

// Keeps the first reason: what fails afterwards is its consequence.
static int failed(lq_server_loop *loop, const char *doing, const char *reason) {
  if (loop->message[0] == '\0') snprintf(loop->message, sizeof loop->message, "%.100s: %.900s", doing, reason);
  return -1;
}

static int failed_in_postgres(lq_server_loop *loop, const char *doing) {
  return failed(loop, doing, PQerrorMessage(loop->connection));
}

// Runs statements without parameters.
static int run(lq_server_loop *loop, const char *doing, const char *sql) {
  PGresult *result = PQexec(loop->connection, sql);
  ExecStatusType status = PQresultStatus(result);
  PQclear(result);
  return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK ? 0 : failed_in_postgres(loop, doing);
}

static int prepare(lq_server_loop *loop, const char *name, const char *sql) {
  PGresult *result = PQprepare(loop->connection, name, sql, 0, NULL);
  ExecStatusType status = PQresultStatus(result);
  PQclear(result);
  return status == PGRES_COMMAND_OK ? 0 : failed_in_postgres(loop, name);
}

lq_server_loop *lq_server_loop_open(const char *url, const char *schema) {
  lq_server_loop *loop = calloc(1, sizeof *loop);
  if (loop == NULL) return NULL;
  loop->connection = PQconnectdb(url);
  // libpq's complaint may quote the URL.
  if (PQstatus(loop->connection) != CONNECTION_OK) {
    failed(loop, "connecting", "the server cannot be reached");
    return loop;
  }
  PQsetErrorVerbosity(loop->connection, PQERRORS_TERSE);
  char *name = PQescapeIdentifier(loop->connection, schema, strlen(schema));
  char sql[512];
  snprintf(
      sql, sizeof sql,
      "SET search_path = %s; SELECT set_config('synchronous_commit', 'on', false)"
      " WHERE current_setting('synchronous_commit') = 'off'",
      name != NULL ? name : "");
  PQfreemem(name);
  if (run(loop, "setting the session up", sql) || prepare(loop, "enqueue", enqueue_text) ||
      prepare(loop, "lease", lease_text) || prepare(loop, "settle", settle_text))
    return loop;
  return loop;
}

void lq_server_loop_close(lq_server_loop *loop) {
  if (loop == NULL) return;
  PQfinish(loop->connection);
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

// Runs a prepared statement that returns no rows. Returns how many it wrote, -1 on failure.
static int64_t write_rows(lq_server_loop *loop, const char *name, int count, const char *const *values) {
  PGresult *result = PQexecPrepared(loop->connection, name, count, values, NULL, NULL, 0);
  int64_t rows = PQresultStatus(result) == PGRES_COMMAND_OK ? atoll(PQcmdTuples(result)) : -1;
  PQclear(result);
  if (rows < 0) failed_in_postgres(loop, name);
  return rows;
}

int lq_server_loop_enqueue(
    lq_server_loop *loop, const char *queue, const char *kind, const char *payload, int64_t count, int64_t batch,
    lq_loop_result *result) {
  *result = (lq_loop_result){0};
  if (batch < 1) return failed(loop, "enqueueing", "a batch holds at least one job");
  int64_t start = lq_monotonic_nanoseconds();
  int64_t last = start;
  while (result->jobs < count) {
    int64_t size = count - result->jobs < batch ? count - result->jobs : batch;
    char now[DIGITS_MAX], number[DIGITS_MAX];
    snprintf(now, sizeof now, "%lld", (long long)wall_milliseconds());
    snprintf(number, sizeof number, "%lld", (long long)size);
    const char *values[] = {kind, queue, now, payload, number};
    if (write_rows(loop, "enqueue", 5, values) != size) return failed(loop, "enqueueing", "rows are missing");
    last = account(result, last, size);
  }
  result->nanoseconds = last - start;
  return 0;
}

// Leases up to `limit` jobs into the loop. Returns how many, -1 on failure.
static int64_t lease_batch(lq_server_loop *loop, const char *worker, const char *queue, int64_t limit) {
  char now[DIGITS_MAX], number[DIGITS_MAX];
  snprintf(now, sizeof now, "%lld", (long long)wall_milliseconds());
  snprintf(number, sizeof number, "%lld", (long long)limit);
  const char *values[] = {worker, now, queue, number};
  PGresult *result = PQexecPrepared(loop->connection, "lease", 4, values, NULL, NULL, 0);
  if (PQresultStatus(result) != PGRES_TUPLES_OK) {
    PQclear(result);
    return failed_in_postgres(loop, "leasing");
  }
  int64_t count = PQntuples(result);
  if (count > limit) {
    PQclear(result);
    return failed(loop, "leasing", "more jobs than asked for");
  }
  for (int row = 0; row < count; row++) {
    loop->jobs[row] = atoll(PQgetvalue(result, row, 0));
    loop->attempts[row] = atoll(PQgetvalue(result, row, 1));
    loop->payload_bytes += (uint64_t)PQgetlength(result, row, 2) + (uint64_t)PQgetlength(result, row, 3) +
                           (uint64_t)atoll(PQgetvalue(result, row, 4)) + (uint64_t)atoll(PQgetvalue(result, row, 5)) +
                           (uint64_t)atoll(PQgetvalue(result, row, 6));
  }
  PQclear(result);
  return count;
}

// Writes `{1,2,3}`.
static void write_array(char *array, const int64_t *numbers, int64_t count) {
  size_t length = 0;
  array[length++] = '{';
  for (int64_t index = 0; index < count; index++)
    length += (size_t)sprintf(array + length, index > 0 ? ",%lld" : "%lld", (long long)numbers[index]);
  array[length++] = '}';
  array[length] = '\0';
}

// Settles the first `count` jobs of the loop as succeeded.
static int settle_batch(lq_server_loop *loop, const char *worker, int64_t count) {
  char now[DIGITS_MAX];
  snprintf(now, sizeof now, "%lld", (long long)wall_milliseconds());
  write_array(loop->job_array, loop->jobs, count);
  write_array(loop->attempt_array, loop->attempts, count);
  const char *values[] = {worker, now, loop->job_array, loop->attempt_array};
  return write_rows(loop, "settle", 4, values) == count ? 0 : failed(loop, "settling", "a lease was lost");
}

int lq_server_loop_work(
    lq_server_loop *loop, const char *worker, const char *queue, int64_t count, int64_t batch, lq_loop_result *result) {
  *result = (lq_loop_result){0};
  if (batch < 1 || batch > BATCH_MAX) return failed(loop, "leasing", "a batch holds 1 to 10,000 jobs");
  int64_t start = lq_monotonic_nanoseconds();
  int64_t last = start;
  while (result->jobs < count) {
    int64_t limit = count - result->jobs < batch ? count - result->jobs : batch;
    int64_t leased = lease_batch(loop, worker, queue, limit);
    if (leased < 0) return -1;
    last = account(result, last, 0);
    if (leased == 0) break;
    if (settle_batch(loop, worker, leased)) return -1;
    last = account(result, last, leased);
  }
  result->nanoseconds = last - start;
  return 0;
}

int lq_server_loop_listen(
    lq_server_loop *loop, int bell, const char *worker, const char *queue, lq_loop_start *starts, int64_t capacity,
    int64_t *count) {
  *count = 0;
  while (*count < capacity) {
    char byte;
    ssize_t heard = read(bell, &byte, 1);
    if (heard < 0 && errno == EINTR) continue;
    if (heard < 0) return failed(loop, "listening", strerror(errno));
    if (heard == 0) return 0;
    int64_t leased = lease_batch(loop, worker, queue, 1);
    if (leased < 0) return -1;
    if (leased == 0) continue;
    starts[*count] = (lq_loop_start){.job = loop->jobs[0], .began = lq_monotonic_nanoseconds()};
    *count += 1;
    if (settle_batch(loop, worker, leased)) return -1;
  }
  return 0;
}

#pragma once
#include <stddef.h>
#include <stdint.h>

// The raw limit that `lead-queue bench` measures the queue against: the same rows in the same tables, written by plain
// loops over SQLite's C interface. Every function returns 0, or -1 with the reason in `lq_loop_message`.
//
// One loop is one connection, for one thread at a time. Times of day are milliseconds since 1970 UTC, taken once a
// transaction; spans are nanoseconds of CLOCK_MONOTONIC.

typedef struct lq_loop lq_loop;

// What an acknowledged transaction survives; as `Durability` in Database.
enum lq_durability {
  LQ_SURVIVES_PROCESS = 0,  // synchronous = NORMAL
  LQ_SURVIVES_POWER = 1,    // synchronous = FULL
};

typedef struct {
  int64_t jobs;
  int64_t transactions;
  // From before the first transaction to after the last.
  int64_t nanoseconds;
  // The longest transaction, the wait for its beginning included.
  int64_t longest_nanoseconds;
} lq_loop_result;

// One job as the listener saw it begin.
typedef struct {
  int64_t job;
  int64_t began;
} lq_loop_start;

// Opens the store at `path`, whose schema must be current, with the settings of `SQLiteConnection`. Never NULL unless memory
// is out; ask `lq_loop_message`, which is empty when all is well.
lq_loop *lq_loop_open(const char *path);
void lq_loop_close(lq_loop *loop);

// Why the last call failed; empty when none has.
const char *lq_loop_message(const lq_loop *loop);

// Enqueues `count` jobs that may run at once, `batch` (> 0) a transaction.
int lq_loop_enqueue(
    lq_loop *loop, const char *queue, const char *kind, const char *payload, int64_t count, int64_t batch,
    enum lq_durability durability, lq_loop_result *result);

// Leases up to `batch` (1 … 10,000) jobs of the queue in one transaction and settles them as succeeded in another, until
// `count` are done or none is available. `durability` is that of settling: a lease that a power failure takes back is leased
// again. `worker` must be a row of `worker`.
int lq_loop_work(
    lq_loop *loop, const char *worker, const char *queue, int64_t count, int64_t batch, enum lq_durability durability,
    lq_loop_result *result);

// Waits for a byte on `bell`, leases one job, notes the time at which it could begin, settles it; again and again until the
// other end of the bell is closed or `starts` is full. `*count` says how many it noted.
int lq_loop_listen(
    lq_loop *loop, int bell, const char *worker, const char *queue, lq_loop_start *starts, int64_t capacity,
    int64_t *count);

// Nanoseconds of CLOCK_MONOTONIC, the same for all processes of the machine.
int64_t lq_monotonic_nanoseconds(void);

// The longest run of bytes up to a newline in `path`, read in pieces of `piece` bytes, looking at each byte once by memchr:
// what reading a file of lines costs at the least. -1 when the file cannot be read.
int64_t lq_longest_line(const char *path, size_t piece, int64_t *nanoseconds);

// Writes the leads of the store `source`, in the order of their ids, into the catalog of the store `target`, which has none of
// them, with one statement a row and `portion` rows a transaction. `*seconds` is the time of writing alone. Gives SQLite's code.
int lq_lead_loop(const char *source, const char *target, int portion, int64_t *rows, double *seconds);
// The same over PostgreSQL. Here, since a module shows what its umbrella header includes.
#include "CServerLoop.h"

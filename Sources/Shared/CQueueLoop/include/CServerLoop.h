#pragma once
#include "CQueueLoop.h"

// The raw limit on PostgreSQL: the same rows in the same tables, written by plain loops over libpq's C interface with as few
// round trips as there are steps: one to enqueue a batch, one to lease it, one to settle it. Every function returns 0, or -1
// with the reason in `lq_server_loop_message`.
//
// One loop is one connection, for one thread at a time. Commits are as durable as the session's `synchronous_commit`, which
// is set as the store sets it.

typedef struct lq_server_loop lq_server_loop;

// Connects to `url` and looks names up in `schema`, whose tables must be current. Never NULL unless memory is out; ask
// `lq_server_loop_message`, which is empty when all is well.
lq_server_loop *lq_server_loop_open(const char *url, const char *schema);
void lq_server_loop_close(lq_server_loop *loop);

// Why the last call failed; empty when none has. Never holds the URL.
const char *lq_server_loop_message(const lq_server_loop *loop);

// As `lq_loop_enqueue`.
int lq_server_loop_enqueue(
    lq_server_loop *loop, const char *queue, const char *kind, const char *payload, int64_t count, int64_t batch,
    lq_loop_result *result);

// As `lq_loop_work`.
int lq_server_loop_work(
    lq_server_loop *loop, const char *worker, const char *queue, int64_t count, int64_t batch, lq_loop_result *result);

// As `lq_loop_listen`.
int lq_server_loop_listen(
    lq_server_loop *loop, int bell, const char *worker, const char *queue, lq_loop_start *starts, int64_t capacity,
    int64_t *count);

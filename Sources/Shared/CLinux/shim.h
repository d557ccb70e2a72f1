#pragma once
// System calls that Swift's Glibc does not import.

#include <errno.h>
#include <linux/futex.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

// The `f_type` of the file system that holds `path`, 0 when it cannot be told.
static inline long lq_file_system_type(const char *path) {
  struct statfs status;
  return statfs(path, &status) == 0 ? (long)status.f_type : 0;
}

static inline uint32_t lq_load(uint32_t *word) { return __atomic_load_n(word, __ATOMIC_SEQ_CST); }

static inline void lq_increment(uint32_t *word) { __atomic_add_fetch(word, 1, __ATOMIC_SEQ_CST); }

// Sleeps while `*word` is `expected`, at most `milliseconds`. futex(2) without FUTEX_PRIVATE_FLAG: between processes, by
// the file that is mapped. May return early.
static inline void lq_futex_wait(uint32_t *word, uint32_t expected, long milliseconds) {
  struct timespec limit = {milliseconds / 1000, (milliseconds % 1000) * 1000000};
  (void)syscall(SYS_futex, word, FUTEX_WAIT, expected, &limit, (void *)0, 0);
}

// Wakes all who sleep on `word`, in every process.
static inline void lq_futex_wake_all(uint32_t *word) {
  (void)syscall(SYS_futex, word, FUTEX_WAKE, INT32_MAX, (void *)0, (void *)0, 0);
}

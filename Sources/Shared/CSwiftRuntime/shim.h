#pragma once
// What Swift's runtime offers in C only. By the linker and not by name at run time: a program that has the runtime inside
// does not export it.

// Set, it is handed every job that would go to the pool of threads (include/swift/Runtime/Concurrency.h of the Swift project).
extern void *_Nullable swift_task_enqueueGlobal_hook;

static inline void *_Nullable *_Nonnull lq_enqueue_global_hook(void) { return &swift_task_enqueueGlobal_hook; }

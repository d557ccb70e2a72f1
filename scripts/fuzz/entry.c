#include <stddef.h>
#include <stdint.h>

/* The main function is libFuzzer's. */
extern int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
extern int LLVMFuzzerInitialize(int *count, char ***arguments);

int (*const test_one_input)(const uint8_t *, size_t) = LLVMFuzzerTestOneInput;
int (*const initialize)(int *, char ***) = LLVMFuzzerInitialize;

#pragma once
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

// Writes the 32 bytes of a SHA-256 digest; 0 when libcrypto has none. The algorithm is fetched once: SHA256() looks it up by its
// name, under a lock, at every call, which takes longer than digesting a lead.
static inline int lq_sha256(const unsigned char *bytes, size_t count, unsigned char *digest) {
  static EVP_MD *algorithm;
  EVP_MD *known = __atomic_load_n(&algorithm, __ATOMIC_ACQUIRE);
  if (!known) {
    EVP_MD *fetched = EVP_MD_fetch(NULL, "SHA256", NULL);
    if (!fetched) return 0;
    if (__atomic_compare_exchange_n(&algorithm, &known, fetched, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
      known = fetched;
    } else {
      EVP_MD_free(fetched);
    }
  }
  return EVP_Digest(bytes, count, digest, NULL, known, NULL);
}

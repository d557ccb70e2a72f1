#pragma once
#include <curl/curl.h>

// curl_easy_setopt and curl_easy_getinfo are variadic, which Swift does not import.
static inline CURLcode lq_curl_set_long(CURL *h, CURLoption o, long v) { return curl_easy_setopt(h, o, v); }
static inline CURLcode lq_curl_set_size(CURL *h, CURLoption o, curl_off_t v) { return curl_easy_setopt(h, o, v); }
static inline CURLcode lq_curl_set_text(CURL *h, CURLoption o, const char *v) { return curl_easy_setopt(h, o, v); }
static inline CURLcode lq_curl_set_pointer(CURL *h, CURLoption o, void *v) { return curl_easy_setopt(h, o, v); }
static inline CURLcode lq_curl_set_list(CURL *h, CURLoption o, struct curl_slist *v) {
  return curl_easy_setopt(h, o, v);
}
// libcurl copies the bytes.
static inline CURLcode lq_curl_set_blob(CURL *h, CURLoption o, const void *data, size_t count) {
  struct curl_blob blob = {(void *)data, count, CURL_BLOB_COPY};
  return curl_easy_setopt(h, o, &blob);
}
typedef size_t (*lq_curl_write)(char *data, size_t size, size_t count, void *context);
static inline CURLcode lq_curl_set_write(CURL *h, CURLoption o, lq_curl_write f) { return curl_easy_setopt(h, o, f); }
typedef int (*lq_curl_progress)(
    void *context, curl_off_t down_all, curl_off_t down_now, curl_off_t up_all, curl_off_t up_now);
static inline CURLcode lq_curl_set_progress(CURL *h, lq_curl_progress f) {
  return curl_easy_setopt(h, CURLOPT_XFERINFOFUNCTION, f);
}
typedef int (*lq_curl_prerequest)(void *context, char *their_ip, char *our_ip, int their_port, int our_port);
static inline CURLcode lq_curl_set_prerequest(CURL *h, lq_curl_prerequest f) {
  return curl_easy_setopt(h, CURLOPT_PREREQFUNCTION, f);
}
static inline CURLcode lq_curl_get_long(CURL *h, CURLINFO i, long *v) { return curl_easy_getinfo(h, i, v); }
static inline CURLcode lq_curl_get_size(CURL *h, CURLINFO i, curl_off_t *v) { return curl_easy_getinfo(h, i, v); }

// A macro too complex for Swift's importer.
static inline CURLcode lq_curl_global_init(void) { return curl_global_init(CURL_GLOBAL_DEFAULT); }

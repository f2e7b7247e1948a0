#pragma once

// Says whether this is compiled for AddressSanitizer or ThreadSanitizer.

#if defined(__has_feature)
#  if __has_feature(address_sanitizer)
#    define ACTOR_CACHE_ASAN
#  endif
#  if __has_feature(thread_sanitizer)
#    define ACTOR_CACHE_TSAN
#  endif
#endif
#if defined(__SANITIZE_ADDRESS__) && !defined(ACTOR_CACHE_ASAN)
#  define ACTOR_CACHE_ASAN
#endif
#if defined(__SANITIZE_THREAD__) && !defined(ACTOR_CACHE_TSAN)
#  define ACTOR_CACHE_TSAN
#endif

#pragma once

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <pthread.h>
#include <signal.h>

#include <cerrno>

namespace actor_cache::redis_wire {

/// Keeps SIGPIPE from this thread: OpenSSL writes without MSG_NOSIGNAL.
class no_sigpipe {
public:
  no_sigpipe() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &set_, &before_);
  }

  ~no_sigpipe() {
    if (sigismember(&before_, SIGPIPE) == 1)
      return;
    timespec at_once{};
    while (sigtimedwait(&set_, nullptr, &at_once) > 0)
      ; // it was ours
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

private:
  sigset_t set_;
  sigset_t before_;
};

/// Tells whether a call that returned `result` failed only because it would
/// have had to wait. (SSL_want alone says so after a broken connection, too.)
inline bool must_wait(SSL& ssl, int result) {
  auto why = SSL_get_error(&ssl, result);
  return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE;
}

/// What OpenSSL noted before is not about the call to come.
class tls_call {
public:
  tls_call() {
    ERR_clear_error();
    errno = 0;
  }

private:
  no_sigpipe guard_;
};

} // namespace actor_cache::redis_wire

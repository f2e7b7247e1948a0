#pragma once

#include <catch2/catch_test_macros.hpp>

#include <csignal>

#include <sys/resource.h>

/// Files cannot get larger while this lives.
class full_disk {
public:
  explicit full_disk(rlim_t size) {
    old_handler_ = std::signal(SIGXFSZ, SIG_IGN);
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &old_) == 0);
    rlimit next{size, old_.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &next) == 0);
  }

  ~full_disk() {
    ::setrlimit(RLIMIT_FSIZE, &old_);
    std::signal(SIGXFSZ, old_handler_);
  }

private:
  rlimit old_ = {};
  void (*old_handler_)(int);
};

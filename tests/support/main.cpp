#include "actor_cache/init.hpp"

#include <caf/init_global_meta_objects.hpp>
#include <caf/io/middleman.hpp>

#include <catch2/catch_assertion_info.hpp>
#include <catch2/catch_session.hpp>
#include <catch2/reporters/catch_reporter_event_listener.hpp>
#include <catch2/reporters/catch_reporter_registrars.hpp>

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

namespace {

/// Ends the program at an assertion on another thread than the test's own:
/// Catch2 has no locks, so that it might break what it knows, now or some day.
class one_thread final : public Catch::EventListenerBase {
public:
  using EventListenerBase::EventListenerBase;

  void assertionStarting(const Catch::AssertionInfo& what) override {
    if (std::this_thread::get_id() == own_)
      return;
    fmt::print(stderr,
               "{}:{}: {} is for the test's own thread; others can `fail`, or "
               "return what it is to check\n",
               what.lineInfo.file, what.lineInfo.line,
               std::string(what.macroName));
    std::abort();
  }

private:
  std::thread::id own_ = std::this_thread::get_id();
};

CATCH_REGISTER_LISTENER(one_thread)

} // namespace

int main(int argc, char** argv) {
  caf::core::init_global_meta_objects();
  caf::io::middleman::init_global_meta_objects();
  actor_cache::init_global_meta_objects();
  return Catch::Session().run(argc, argv);
}

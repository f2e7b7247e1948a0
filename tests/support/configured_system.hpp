#pragma once

#include "support/temporary_folder.hpp"
#include "support/world.hpp"

#include "actor_cache/config.hpp"

#include <fstream>
#include <optional>

namespace actor_cache::test {

/// An actor system whose configuration comes from the arguments of a program
/// and from a file that they name, as in a user's `main`.
class configured_system {
public:
  explicit configured_system(std::vector<std::string> arguments,
                             const std::string& file = "",
                             std::string_view prefix = "actor_cache") {
    auto path = folder_.path() + "/caches.conf";
    std::ofstream{path} << file;
    arguments.insert(arguments.begin(), {"program", "--config-file=" + path,
                                         "--caf.scheduler.max-threads=2"});
    std::vector<char*> argv;
    for (auto& x : arguments)
      argv.push_back(x.data());
    auto argc = static_cast<int>(argv.size());
    if (auto err = prepare_config(config_, argc, argv.data(), prefix);
        !err.empty())
      FAIL("cannot parse the configuration: " << to_string(err));
    if (auto err = config_.parse(argc, argv.data()); !err.empty())
      FAIL("CAF cannot parse the configuration: " << to_string(err));
    system_.emplace(config_);
  }

  ~configured_system() {
    if (supervisor_)
      must(stop_supervisor(*system_, supervisor_));
  }

  caf::actor_system& system() noexcept {
    return *system_;
  }

  /// Starts caches; returns why they did not start.
  caf::error start(const std::vector<cache_spec>& caches) {
    auto supervisor = start_supervisor(*system_,
                                       {caches.begin(), caches.end()});
    if (!supervisor)
      return std::move(supervisor.error());
    supervisor_ = *supervisor;
    return {};
  }

private:
  temporary_folder folder_;
  caf::actor_system_config config_;
  std::optional<caf::actor_system> system_;
  supervisor_actor supervisor_;
};

} // namespace actor_cache::test

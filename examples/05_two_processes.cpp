// One process owns a cache and publishes it; another one, which this program
// starts by itself, connects and uses the same calls.
//
// usage: 05_two_processes [port of a cache that another process has published]

#include "actor_cache/actor_cache.hpp"

#include "support/must.hpp"
#include "support/package_file.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/exit_reason.hpp>
#include <caf/init_global_meta_objects.hpp>
#include <caf/io/middleman.hpp>
#include <caf/send.hpp>

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

namespace {

using namespace examples;

using package_cache = actor_cache::cache<package>;

constexpr auto localhost = "127.0.0.1";

/// What the process without a cache of its own does.
void visit(caf::actor_system& system, uint16_t port) {
  auto packages = must(package_cache::connect(system, localhost, port));
  auto hello = must(packages.get_or_create("hello", [] {
    fmt::print("  visitor: loading hello\n");
    return package{"hello", "2.10-3", "devel", 280, "greets the world"};
  }));
  fmt::print("  visitor: {} {} {}\n", hello.name, hello.version, hello.summary);
  if (auto notes = must(packages.get("notes")))
    fmt::print("  visitor: the owner notes: {}\n", notes->summary);
  must(packages.put("seen", hello));
}

/// Runs this program once more, as a visitor, and waits for its end.
void start_visitor(const char* program, uint16_t port) {
  std::fflush(stdout);
  auto command = fmt::format("'{}' {}", program, port);
  if (std::system(command.c_str()) != 0)
    throw std::runtime_error{"the visitor failed"};
}

/// What the process that owns the cache does.
void own(caf::actor_system& system, const char* program) {
  auto supervisor = must(actor_cache::start_supervisor(
    system, {actor_cache::cache_spec{.name = "packages"}}));
  auto packages = must(package_cache::find(system, "packages"));
  // Port 0 has the system pick one that is free.
  auto port = must(actor_cache::publish(system, "packages", 0, localhost));
  fmt::print("owner: the cache is published\n");
  start_visitor(program, port);
  fmt::print("owner: the visitor stored {}\n",
             must(packages.get("seen")).value().name);
  // What was published outlives the actor that ran the cache.
  caf::anon_send_exit(must(packages.actor()), caf::exit_reason::kill);
  must(packages.put("notes", {"notes", "1", "doc", 1, "restarted meanwhile"}));
  start_visitor(program, port);
  fmt::print("owner: {} entries in the end\n", must(packages.size()));
}

} // namespace

int main(int argc, char** argv) {
  caf::core::init_global_meta_objects();
  caf::io::middleman::init_global_meta_objects();
  actor_cache::init_global_meta_objects();
  try {
    caf::actor_system_config config;
    config.load<caf::io::middleman>();
    caf::actor_system system{config};
    if (argc > 1)
      visit(system, static_cast<uint16_t>(std::stoi(argv[1])));
    else
      own(system, argv[0]);
  } catch (const std::exception& ex) {
    fmt::print(stderr, "05_two_processes: {}\n", ex.what());
    return EXIT_FAILURE;
  }
}

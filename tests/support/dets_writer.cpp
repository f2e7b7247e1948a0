// Writes to a table until it is killed:
//
//   dets_writer <file> <sync policy> <steps done by the first writer> ...
//
// Each number is that of a writer, with a thread of its own; each step that was
// acknowledged goes to standard output.

#include "actor_cache/adapters/dets.hpp"
#include "actor_cache/errc.hpp"

#include "dets_script.hpp"

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <utility>
#include <vector>

#include <unistd.h>

namespace {

using namespace actor_cache;

/// The last step of each writer that was acknowledged.
using progress = std::vector<std::atomic<uint32_t>>;

void write_for_ever(adapter& table, progress& done_by, uint32_t writer) {
  auto now = time_point{} + std::chrono::hours{1};
  for (uint32_t number = done_by[writer];;) {
    auto step = test::step_of(writer, ++number);
    std::vector<uint32_t> seen{done_by.begin(), done_by.end()};
    std::vector<std::pair<std::string, entry>> entries;
    for (const auto& key : step.puts)
      entries.emplace_back(key, entry{term::of(number)});
    if (!entries.empty())
      entries.emplace_back(test::witness_of(writer),
                           entry{term::of(std::move(seen))});
    auto err = entries.empty() ? caf::error{} : table.put_many(entries, now);
    if (entries.empty())
      if (auto erased = table.erase(step.erased, now); !erased)
        err = std::move(erased.error());
    if (!err.empty()) {
      std::fprintf(stderr, "%s\n", message_of(err).c_str());
      std::_Exit(1);
    }
    done_by[writer] = number;
    test::acknowledgement done{writer, number};
    if (::write(STDOUT_FILENO, &done, sizeof(done)) != sizeof(done))
      std::_Exit(1);
  }
}

} // namespace

int main(int argc, char** argv) {
  dets_options options;
  options.file_path = argv[1];
  options.sync = static_cast<sync_policy>(std::atoi(argv[2]));
  options.sync_interval = std::chrono::milliseconds{1};
  auto table = options.make({"killed"});
  if (auto err = table->start(); !err.empty()) {
    std::fprintf(stderr, "%s\n", message_of(err).c_str());
    return 1;
  }
  progress done_by(static_cast<size_t>(argc - 3));
  for (int index = 3; index < argc; ++index)
    done_by[static_cast<size_t>(index - 3)]
      = static_cast<uint32_t>(std::atoll(argv[index]));
  std::vector<std::thread> writers;
  for (int index = 3; index < argc; ++index)
    writers.emplace_back(write_for_ever, std::ref(*table), std::ref(done_by),
                         static_cast<uint32_t>(index - 3));
  for (auto& x : writers)
    x.join();
}

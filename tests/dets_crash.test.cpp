#include "support/dets_fixture.hpp"
#include "support/dets_script.hpp"

#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <csignal>
#include <random>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace actor_cache::test;

namespace {

/// A process that writes to a table.
class writing_process {
public:
  static constexpr int pipe_size = 4096;

  writing_process(const std::string& file, sync_policy policy,
                  const std::vector<script_state>& writers) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    // Whoever writes is never far ahead of what was read.
    REQUIRE(::fcntl(ends[1], F_SETPIPE_SZ, pipe_size) > 0);
    std::vector<std::string> arguments{
      ACTOR_CACHE_DETS_WRITER, file, std::to_string(static_cast<int>(policy))};
    for (const auto& x : writers)
      arguments.push_back(std::to_string(x.done));
    std::vector<char*> argv;
    for (auto& x : arguments)
      argv.push_back(x.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    ::posix_spawn_file_actions_addclose(&actions, ends[0]);
    auto failed = ::posix_spawn(&id_, argv[0], &actions, nullptr, argv.data(),
                                environ);
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    acknowledged_ = ends[0];
    REQUIRE(failed == 0);
  }

  writing_process(const writing_process&) = delete;

  writing_process& operator=(const writing_process&) = delete;

  ~writing_process() {
    ::close(acknowledged_);
  }

  /// Waits until so many steps were acknowledged.
  void await_steps(size_t steps) {
    acknowledgement x;
    while (steps-- > 0)
      REQUIRE(read(x));
  }

  /// Waits until so many steps were acknowledged, kills the process, and
  /// returns the last step of each writer that it told of.
  std::vector<uint32_t> kill_after(size_t steps, size_t writers) {
    std::vector<uint32_t> result(writers);
    size_t count = 0;
    auto note = [&](const acknowledgement& x) {
      ++count;
      result.at(x.writer) = x.number;
    };
    acknowledgement x;
    while (count < steps && read(x))
      note(x);
    ::kill(id_, SIGKILL);
    while (read(x)) // what is in the pipe still
      note(x);
    int status = 0;
    ::waitpid(id_, &status, 0);
    CHECK(WIFSIGNALED(status));
    return result;
  }

private:
  bool read(acknowledgement& out) {
    return ::read(acknowledged_, &out, sizeof(out))
           == static_cast<ssize_t>(sizeof(out));
  }

  pid_t id_ = -1;
  int acknowledged_ = -1;
};

/// Returns what the table has of one writer.
std::map<std::string, uint32_t> part_of(adapter& table, size_t writer) {
  std::map<std::string, uint32_t> result;
  auto prefix = std::to_string(writer) + "-";
  std::string cursor;
  do {
    auto page = take(table.scan(cursor, 512, time_point{}));
    for (const auto& [key, content] : page.entries)
      if (key.starts_with(prefix))
        result[key] = take(content.value.as<uint32_t>());
    cursor = page.cursor;
  } while (!cursor.empty());
  return result;
}

/// Moves `state` on to where the table is; tells whether there is such a step.
bool catch_up(script_state& state, size_t writer,
              const std::map<std::string, uint32_t>& found) {
  uint32_t last = state.done;
  for (const auto& x : found)
    last = std::max(last, x.second);
  auto next = state;
  auto matches = false;
  // The last steps may have removed what they, or others, put.
  for (uint32_t more = 0; more < 4; ++more) {
    next.advance_to(static_cast<uint32_t>(writer), last + more);
    if (next.entries == found) {
      state = next;
      matches = true;
    }
  }
  return matches;
}

/// Checks that what a writer had seen of all writers is there wherever that
/// step of the writer is: what is lost is the end, of all of them.
void check_order(adapter& table, const std::vector<script_state>& states) {
  for (uint32_t writer = 0; writer < states.size(); ++writer) {
    auto found = take(table.get(witness_of(writer), time_point{}));
    if (!found)
      continue;
    auto seen = take(found->value.as<std::vector<uint32_t>>());
    REQUIRE(seen.size() == states.size());
    for (size_t other = 0; other < seen.size(); ++other)
      if (seen[other] > states[other].done)
        FAIL("step " << seen[other] << " of writer " << other
                     << " was acknowledged before one of writer " << writer
                     << " began, and is lost; that one is there");
  }
}

} // namespace

TEST_CASE("a process that is killed loses nothing that it should not",
          "[dets]") {
  struct plan {
    sync_policy policy;
    size_t writers;
    int runs;
  };
  auto [policy, writers, runs] = GENERATE(plan{sync_policy::every_write, 1, 60},
                                          plan{sync_policy::every_write, 4, 60},
                                          plan{sync_policy::interval, 3, 40},
                                          plan{sync_policy::never, 3, 40});
  CAPTURE(policy, writers);
  temporary_folder folder;
  dets_options options{.file_path = folder.path() + "/killed.dets",
                       .sync = policy};
  std::vector<script_state> states(writers);
  std::mt19937 random{static_cast<unsigned>(runs)};
  uint64_t steps = 0;
  for (int run = 0; run < runs; ++run) {
    CAPTURE(run);
    std::vector<uint32_t> told;
    {
      writing_process victim{options.file_path, policy, states};
      auto most = policy == sync_policy::every_write ? 40u : 4000u;
      told = victim.kill_after(random() % most, writers);
    }
    auto table = options.make({"killed"});
    check_ok(table->start());
    for (size_t writer = 0; writer < writers; ++writer) {
      auto before = states[writer].done;
      REQUIRE(catch_up(states[writer], writer, part_of(*table, writer)));
      if (policy == sync_policy::every_write)
        CHECK(states[writer].done >= told[writer]);
      steps += states[writer].done - before;
    }
    check_order(*table, states);
    check_ok(table->stop());
  }
  CHECK(steps > 0);
}

TEST_CASE("a file belongs to one process, which goes on undisturbed",
          "[dets]") {
  temporary_folder folder;
  dets_options options{.file_path = folder.path() + "/theirs.dets",
                       .sync = sync_policy::every_write};
  writing_process writer{options.file_path, options.sync, {{}}};
  writer.await_steps(1);
  check_names(options.make({"mine"})->start(), errc::unavailable,
              options.file_path, "in use by another process");
  auto reader = options;
  reader.read_only = true;
  check_names(reader.make({"mine"})->start(), errc::unavailable,
              options.file_path, "in use by another process");
  CHECK(inspect_dets_file(options.file_path).error() == errc::unavailable);
  // More than the pipe holds: these are made from now on.
  writer.await_steps(2 * writing_process::pipe_size / sizeof(acknowledgement));
  writer.kill_after(0, 1);
  auto table = options.make({"mine"});
  check_ok(table->start());
  CHECK(take(table->size(time_point{})) > 0);
  check_ok(table->stop());
}

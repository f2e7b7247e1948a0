// A cache in a file: run it twice, and the second run finds what the first one
// has looked up. In between, a process that writes to the same file is killed,
// and nothing that it was told was stored is lost.

#include "actor_cache/actor_cache.hpp"
#include "actor_cache/dets.hpp"

#include "support/must.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/init_global_meta_objects.hpp>

#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <map>
#include <string>

#include <sys/wait.h>
#include <unistd.h>

namespace {

using namespace std::chrono_literals;
using namespace examples;

using dictionary = actor_cache::cache<std::string, actor_cache::dets>;

/// Somebody who has to be asked, and takes a while.
class translator {
public:
  std::string translate(const std::string& word) {
    ++asked_;
    static const std::map<std::string, std::string> known{
      {"cache", "Zwischenspeicher"},
      {"actor", "Akteur"},
      {"key", "Schluessel"}};
    auto found = known.find(word);
    return found != known.end() ? found->second : "?";
  }

  int asked() const noexcept {
    return asked_;
  }

private:
  int asked_ = 0;
};

actor_cache::cache_spec words_in(const std::string& file) {
  return {.name = "words",
          .adapter = actor_cache::dets_options{
            .file_path = file,
            .sync = actor_cache::sync_policy::every_write,
          }};
}

/// Runs `f` with the cache in `file`, and stops it.
template <class F>
void with_words(const std::string& file, F f) {
  caf::actor_system_config config;
  caf::actor_system system{config};
  auto tree = must(actor_cache::start_supervisor(system, {words_in(file)}));
  f(must(dictionary::find(system, "words")));
  must(actor_cache::stop_supervisor(system, tree));
}

void look_up(const std::string& file) {
  translator ada;
  with_words(file, [&](const dictionary& words) {
    fmt::print("{} entries in {}\n", must(words.size()),
               must(words.info()).table->file);
    for (std::string word : {"cache", "actor", "key"})
      fmt::print("{}: {}\n", word, must(words.get_or_create(word, [&] {
                   return ada.translate(word);
                 })));
  });
  fmt::print("asked the translator {} times\n", ada.asked());
}

/// Has a process write to the file and be killed while it does.
void crash(const std::string& file) {
  std::fflush(stdout); // or the process below would print it again
  auto child = ::fork();
  if (child == 0) {
    with_words(file, [](const dictionary& words) {
      must(words.put("actor", "Schauspieler"));
      must(words.put("actor", "Akteur"));
      ::raise(SIGKILL);
    });
    std::_Exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  fmt::print("{}\n", WIFSIGNALED(status) ? "cut off in the middle of its work"
                                         : "not killed");
}

} // namespace

int main(int argc, char** argv) {
  caf::core::init_global_meta_objects();
  actor_cache::init_global_meta_objects();
  std::string file = argc > 1 ? argv[1] : "translations.dets";
  try {
    look_up(file);
    crash(file);
    with_words(file, [](const dictionary& words) {
      fmt::print("{} entries after a crash, actor: {}\n", must(words.size()),
                 must(words.get("actor")).value_or("lost"));
    });
  } catch (const std::exception& e) {
    fmt::print("{}\n", e.what());
    return EXIT_FAILURE;
  }
}

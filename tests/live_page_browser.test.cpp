#include "support/browser.hpp"
#include "support/temporary_folder.hpp"
#include "support/world.hpp"

#include "actor_cache/telemetry/live_page.hpp"
#include "actor_cache/telemetry/metrics.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <regex>
#include <thread>

#include <pthread.h>
#include <sched.h>

using namespace actor_cache;
using namespace actor_cache::test;

using Catch::Matchers::ContainsSubstring;

// What the live page shows in a real browser, while its caches are in use.

namespace {

/// Caches under load, and their page.
class busy_world {
public:
  busy_world()
    : world_{{cache_spec{.name = "products"},
              cache_spec{.name = "<script>bad()</script>"},
              child_spec{"checkout",
                         supervisor_spec{{cache_spec{.name = "baskets"}},
                                         {}}}}},
      page_(must(telemetry::serve_live_page(
        world_.system(), {.interval = 50ms, .title = "shop <b>"}))) {
    REQUIRE(
      telemetry::start_metrics(world_.system(), {.sample_every = 1}).empty());
    auto products = world_.find<int>("products");
    // Three hits for each miss.
    load_ = std::jthread{[products](const std::stop_token& stop) {
      // Leaves the processor to the browser.
      sched_param lowest{};
      static_cast<void>(
        ::pthread_setschedparam(::pthread_self(), SCHED_IDLE, &lowest));
      static_cast<void>(products.put("tea", 1));
      while (!stop.stop_requested()) {
        for (auto round = 0; round < 3; ++round)
          static_cast<void>(products.get("tea"));
        static_cast<void>(products.get("none"));
      }
    }};
    world_.crash("products");
  }

  const std::string& url() const {
    return page_.url();
  }

private:
  world world_;
  telemetry::live_page page_;
  std::jthread load_;
};

/// Returns what stands between the end of `from` and the next tag.
std::string text_behind(const std::string& html, const std::string& from) {
  auto at = html.find(from);
  INFO("looking for " << from << " in " << html);
  REQUIRE(at != std::string::npos);
  at += from.size();
  return html.substr(at, html.find('<', at) - at);
}

/// Takes pictures of the page on a telephone and on a screen.
void check_pictures(const busy_world& w, bool dark) {
  temporary_folder folder;
  for (auto width : {400, 1400}) {
    auto file = folder.path() + "/page.png";
    take_screenshot(w.url(), {.width = width, .height = 900, .dark = dark},
                    file);
    auto found = read_picture(file);
    INFO("width " << width << (dark ? ", dark" : ", light"));
    CHECK(found.width == width);
    CHECK(found.height == 900);
    CHECK(found.colours > 50);
    CHECK((dark ? found.brightness < 70 : found.brightness > 200));
  }
}

} // namespace

TEST_CASE("the browser shows caches and supervisors", "[live_page][browser]") {
  busy_world w;
  auto html = elements_of(w.url());
  INFO(html);
  CHECK_THAT(html, ContainsSubstring("class=\"status live\""));
  CHECK_THAT(html, ContainsSubstring("<h3>products</h3>"));
  CHECK_THAT(html, ContainsSubstring("<h3>baskets</h3>"));
  CHECK_THAT(html, ContainsSubstring("aria-label=\"hit ratio 75.0 %\""));
  CHECK(text_behind(html, "id=\"cache-count\">") == "3");
  CHECK(text_behind(html, "id=\"total-rate\">") != "–");
  // Percentiles, restarts, and a curve.
  CHECK(std::regex_search(html, std::regex{"<td>get</td><td>[0-9.]+ .s</td>"}));
  CHECK_THAT(html, ContainsSubstring("<dt>Restarts</dt><dd>1</dd>"));
  CHECK(std::regex_search(html, std::regex{"class=\"line\" d=\"M0.0 "}));
  // The tree, one supervisor below another.
  CHECK_THAT(html, ContainsSubstring("<span class=\"id\">checkout</span>"));
  CHECK_THAT(html,
             ContainsSubstring("<span class=\"state running\">running</span>"));
  CHECK_THAT(html, ContainsSubstring("restarted once"));
}

TEST_CASE("names are text in the browser, not elements",
          "[live_page][browser]") {
  busy_world w;
  auto html = elements_of(w.url());
  INFO(html);
  CHECK_THAT(html,
             ContainsSubstring("<h3>&lt;script&gt;bad()&lt;/script&gt;</h3>"));
  CHECK_THAT(html, !ContainsSubstring("<script>bad()"));
  CHECK(text_behind(html, "id=\"title\">") == "shop &lt;b&gt;");
}

TEST_CASE("the page is light where the reader wants it",
          "[live_page][browser]") {
  busy_world w;
  check_pictures(w, false);
}

TEST_CASE("the page is dark where the reader wants it",
          "[live_page][browser]") {
  busy_world w;
  check_pictures(w, true);
}

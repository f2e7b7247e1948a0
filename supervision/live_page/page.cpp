#include "page.hpp"

#include "digest.hpp"
#include "page_files.hpp"

#include <fmt/format.h>

#include <string_view>

namespace actor_cache::detail {

namespace {

void replace(std::string& text, std::string_view what, std::string_view by) {
  if (auto at = text.find(what); at != std::string::npos)
    text.replace(at, what.size(), by);
}

} // namespace

page make_page() {
  page result;
  result.html = page_html;
  replace(result.html, "{{style}}", page_css);
  replace(result.html, "{{script}}", page_js);
  result.policy = fmt::format(
    "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; "
    "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    base64(sha256(page_css)), base64(sha256(page_js)));
  return result;
}

} // namespace actor_cache::detail

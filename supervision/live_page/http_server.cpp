#include "http_server.hpp"

#include <httplib.h>

#include <csignal>
#include <string_view>
#include <utility>

namespace actor_cache::detail {

namespace {

/// Enough for a few people who look at once.
constexpr size_t workers = 4;

/// httplib turns SIGPIPE off for the whole program, which is not for a library
/// to decide: our threads block it instead.
std::unique_ptr<httplib::Server> make_httplib_server() {
  struct sigaction before;
  ::sigaction(SIGPIPE, nullptr, &before);
  auto result = std::make_unique<httplib::Server>();
  ::sigaction(SIGPIPE, &before, nullptr);
  return result;
}

/// Leaves all signals to the threads of the program. The threads that this one
/// starts inherit it.
void block_signals() {
  sigset_t all;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

/// Unlike httplib's own choice, does not share the port with others.
void set_socket_options(socket_t socket) {
  int yes = 1;
  ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
}

void bound_waiting(httplib::Server& http) {
  http.new_task_queue = [] { return new httplib::ThreadPool(workers); };
  http.set_keep_alive_max_count(1); // so that an end waits for no idle client
  http.set_keep_alive_timeout(1);
  http.set_read_timeout(1);
  http.set_write_timeout(1);
  http.set_payload_max_length(1);
}

void say(httplib::Response& response, int status, const char* text) {
  response.status = status;
  response.set_content(std::string{text} + '\n', "text/plain; charset=utf-8");
}

} // namespace

http_server::http_server(caf::actor_system& system,
                         telemetry::live_page_options options,
                         std::string session)
  : address_(options.address),
    gate_(options.address, std::move(options.token), std::move(session)),
    page_(make_page()),
    document_(system, std::move(options.title), options.interval,
              options.tree_timeout),
    http_(make_httplib_server()) {
  bound_waiting(*http_);
  http_->set_socket_options(set_socket_options);
  http_->set_default_headers({{"Cache-Control", "no-store"},
                              {"Content-Security-Policy", page_.policy},
                              {"Cross-Origin-Resource-Policy", "same-origin"},
                              {"Referrer-Policy", "no-referrer"},
                              {"X-Content-Type-Options", "nosniff"},
                              {"X-Frame-Options", "DENY"}});
  http_->set_pre_routing_handler([this](const auto& request, auto& response) {
    answer(request, response);
    return httplib::Server::HandlerResponse::Handled;
  });
}

http_server::~http_server() {
  http_->stop();
  if (listener_.joinable())
    listener_.join();
}

bool http_server::start(uint16_t port) {
  if (!bind(port))
    return false;
  listener_ = std::thread{[this] { listen(); }};
  // Before that it could not be stopped.
  while (!http_->is_running() && !ended_)
    std::this_thread::yield();
  return !ended_;
}

bool http_server::bind(uint16_t port) {
  if (port != 0) {
    port_ = port;
    return http_->bind_to_port(address_, port);
  }
  auto found = http_->bind_to_any_port(address_);
  if (found <= 0)
    return false;
  port_ = static_cast<uint16_t>(found);
  return true;
}

void http_server::listen() noexcept {
  block_signals();
  try {
    http_->listen_after_bind();
  } catch (...) {
    // No memory, or no threads.
  }
  ended_ = true;
}

bool http_server::let_in(const httplib::Request& request,
                         httplib::Response& response) {
  auto host = request.get_header_value("Host");
  auto authorization = request.get_header_value("Authorization");
  auto cookies = request.get_header_value("Cookie");
  auto token = request.get_param_value("token");
  switch (gate_.decide({host, authorization, cookies, token}, port_)) {
    case gatekeeper::answer::welcome:
      return true;
    case gatekeeper::answer::give_cookie:
      response.set_header("Set-Cookie", gate_.cookie(port_));
      response.set_redirect("/", 303);
      return false;
    case gatekeeper::answer::wrong_host:
      say(response, 403, "This page is known by another name.");
      return false;
    default:
      response.set_header("WWW-Authenticate", "Bearer");
      say(response, 401, "This page needs its token: /?token=...");
      return false;
  }
}

void http_server::answer(const httplib::Request& request,
                         httplib::Response& response) {
  if (!let_in(request, response))
    return;
  if (request.path != "/" && request.path != "/data")
    return say(response, 404, "There is / and /data.");
  if (request.method != "GET") {
    response.set_header("Allow", "GET");
    return say(response, 405, "This page can only be looked at.");
  }
  response.status = 200;
  if (request.path == "/")
    response.set_content(page_.html, "text/html; charset=utf-8");
  else
    response.set_content(*document_.current(), "application/json");
}

} // namespace actor_cache::detail

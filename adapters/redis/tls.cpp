#include "tls.hpp"

#include "resolver.hpp"

#include "actor_cache/errc.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>

#include <fmt/format.h>

#include <cerrno>
#include <system_error>

namespace actor_cache::redis_wire {

namespace {

/// Returns what OpenSSL noted last, and forgets the rest.
std::string last_reason() {
  auto code = ERR_peek_last_error();
  ERR_clear_error();
  if (const auto* text = ERR_reason_error_string(code))
    return text;
  return errno != 0 ? std::generic_category().message(errno)
                    : "the other end closed the connection";
}

caf::error file_error(std::string_view option, const std::string& file) {
  return make_error(errc::io_error,
                    fmt::format("redis_options::ssl.{} is \"{}\", which cannot "
                                "be used: {}",
                                option, file, last_reason()));
}

caf::error load_files(SSL_CTX& context, const redis_tls_options& options) {
  const auto& [enabled, verify, authorities, certificate, key, name] = options;
  if (authorities.empty())
    SSL_CTX_set_default_verify_paths(&context);
  else if (SSL_CTX_load_verify_file(&context, authorities.c_str()) != 1)
    return file_error("cacertfile", authorities);
  if (certificate.empty())
    return {};
  if (SSL_CTX_use_certificate_chain_file(&context, certificate.c_str()) != 1)
    return file_error("certfile", certificate);
  if (SSL_CTX_use_PrivateKey_file(&context, key.c_str(), SSL_FILETYPE_PEM) != 1
      || SSL_CTX_check_private_key(&context) != 1)
    return file_error("keyfile", key);
  return {};
}

} // namespace

void ssl_deleter::operator()(ssl_ctx_st* x) const noexcept {
  SSL_CTX_free(x);
}

void ssl_deleter::operator()(ssl_st* x) const noexcept {
  SSL_free(x);
}

caf::expected<std::shared_ptr<const tls_context>>
tls_context::make(const redis_tls_options& options) {
  ERR_clear_error();
  std::shared_ptr<tls_context> result{new tls_context};
  result->options_ = options;
  result->impl_.reset(SSL_CTX_new(TLS_client_method()), ssl_deleter{});
  if (result->impl_ == nullptr)
    return make_error(errc::unavailable,
                      fmt::format("TLS cannot be had: {}", last_reason()));
  auto& context = *result->impl_;
  SSL_CTX_set_min_proto_version(&context, TLS1_2_VERSION);
  SSL_CTX_set_mode(&context, SSL_MODE_ENABLE_PARTIAL_WRITE
                               | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  auto checks = options.verify == redis_verify::verify_peer;
  SSL_CTX_set_verify(&context, checks ? SSL_VERIFY_PEER : SSL_VERIFY_NONE,
                     nullptr);
  if (auto err = load_files(context, options); !err.empty())
    return err;
  return tls_context_ptr{std::move(result)};
}

caf::expected<ssl_ptr>
tls_context::new_connection(const std::string& host) const {
  ssl_ptr result{SSL_new(impl_.get())};
  if (result == nullptr)
    return make_error(errc::unavailable,
                      fmt::format("TLS cannot be had: {}", last_reason()));
  const auto& name = options_.server_name.empty() ? host : options_.server_name;
  ERR_clear_error();
  auto* checks = SSL_get0_param(result.get());
  auto known = is_ip(name)
                 ? X509_VERIFY_PARAM_set1_ip_asc(checks, name.c_str()) == 1
                 : SSL_set1_host(result.get(), name.c_str()) == 1
                     && SSL_set_tlsext_host_name(result.get(), name.c_str())
                          == 1;
  if (!known) // without it no name would be checked
    return make_error(errc::unavailable,
                      fmt::format("the server's name \"{}\" cannot be checked: "
                                  "{}",
                                  name, last_reason()));
  return result;
}

tls_context_ptr tls_context::for_host(const std::string& host) const {
  std::shared_ptr<tls_context> result{new tls_context{*this}};
  if (result->options_.server_name.empty())
    result->options_.server_name = host;
  return result;
}

std::string tls_context::reason_of_failure(ssl_st& connection) {
  auto verdict = SSL_get_verify_result(&connection);
  if (verdict != X509_V_OK
      && SSL_get_verify_mode(&connection) != SSL_VERIFY_NONE)
    return fmt::format("the certificate of the server is not accepted: {}",
                       X509_verify_cert_error_string(verdict));
  return last_reason();
}

} // namespace actor_cache::redis_wire

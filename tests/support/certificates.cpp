#include "certificates.hpp"

#include <catch2/catch_test_macros.hpp>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <random>

namespace actor_cache::test {

namespace {

constexpr long day = 24 * 60 * 60;

std::shared_ptr<EVP_PKEY> make_key() {
  std::shared_ptr<EVP_PKEY> result{EVP_EC_gen("P-256"), EVP_PKEY_free};
  REQUIRE(result != nullptr);
  return result;
}

void add_extension(X509& to, X509& issuer, int kind, const char* text) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, &issuer, &to, nullptr, nullptr, 0);
  auto* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, text);
  REQUIRE(extension != nullptr);
  X509_add_ext(&to, extension, -1);
  X509_EXTENSION_free(extension);
}

void set_name(X509& to, const std::string& name) {
  X509_NAME_add_entry_by_txt(
    X509_get_subject_name(&to), "CN", MBSTRING_ASC,
    reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
}

/// Writes a file by one of OpenSSL's functions.
template <class F>
void write_file(const std::string& path, F write) {
  auto* out = std::fopen(path.c_str(), "w");
  REQUIRE(out != nullptr);
  REQUIRE(write(out) == 1);
  std::fclose(out);
}

} // namespace

authority::authority(std::string folder, std::string name)
  : folder_(std::move(folder)) {
  own_ = make(name, nullptr);
}

authority::~authority() = default;

certificate authority::sign(const std::string& name,
                            certificate_options options) {
  return make(name, &options);
}

/// Without `options` the certificate is that of the authority itself.
certificate authority::make(const std::string& name,
                            const certificate_options* options) {
  auto key = make_key();
  std::shared_ptr<X509> made{X509_new(), X509_free};
  auto& x = *made;
  if (options == nullptr) {
    key_ = key;
    issuer_ = made;
  }
  X509_set_version(&x, 2);
  std::random_device random;
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(&x), random() >> 1);
  auto expired = options != nullptr && options->expired;
  X509_gmtime_adj(X509_getm_notBefore(&x), -2 * day);
  X509_gmtime_adj(X509_getm_notAfter(&x), expired ? -day : day);
  set_name(x, name);
  X509_set_issuer_name(&x, X509_get_subject_name(issuer_.get()));
  X509_set_pubkey(&x, key.get());
  if (options == nullptr)
    add_extension(x, x, NID_basic_constraints, "critical,CA:TRUE");
  else if (!options->names.empty())
    add_extension(x, *issuer_, NID_subject_alt_name, options->names.c_str());
  REQUIRE(X509_sign(&x, key_.get(), EVP_sha256()) != 0);
  certificate result{folder_ + '/' + name + ".crt",
                     folder_ + '/' + name + ".key"};
  write_file(result.file,
             [&](FILE* out) { return PEM_write_X509(out, made.get()); });
  write_file(result.key_file, [&](FILE* out) {
    return PEM_write_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr,
                                nullptr);
  });
  return result;
}

} // namespace actor_cache::test

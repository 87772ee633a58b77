// The verbs of `qrpay qr`. Data goes to standard output, talk to standard error; each returns its
// exit code.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "gateway/api/qr_picture.h"
#include "gateway/api/qr_poster.h"
#include "gateway/api/qr_view.h"
#include "qr/banks.h"

namespace CLI {
class App;
}

namespace qrpay::cli {

/// Adds `qr` and its verbs; the chosen one's action is put into `run`.
void add_qr_commands(CLI::App& app, std::function<int()>& run);

/// Shared by all of them.
struct QrCommon {
  bool json = false;
  std::string banks_file;  ///< "" = the compiled-in list
};

/// Calls `use` with the list that `common` names; without one, reports and gives an exit code.
int with_banks(QrCommon const& common, std::function<int(qr::BankDirectory const&)> const& use);

struct QrMakeOptions {
  gateway::api::CodeRequest code;
  gateway::api::PictureRequest picture;
  std::string out;  ///< file; "" = standard output
};
int run_qr_make(QrCommon const& common, QrMakeOptions const& options);

struct QrVerifyOptions {
  std::string text;
  bool strict = false;
  bool ndjson = false;     ///< one JSON string per line of standard input instead of `text`
  std::string key_list;    ///< file; with `roots`: check signatures too
  std::string roots_file;  ///< public root keys, one a line
};
int run_qr_verify(QrCommon const& common, QrVerifyOptions const& options);
int run_qr_classify(QrCommon const& common, std::string const& text);
int run_qr_scan(QrCommon const& common, std::vector<std::string> const& files);

struct QrPosterOptions {
  gateway::api::CodeRequest code;  ///< used when the request has no payload
  gateway::api::PosterRequest poster;
  std::string issued;     ///< 2026-11-24; "" = today
  std::string brand_dir;  ///< "" = no marks
  std::string out;        ///< file; "" = standard output
};
int run_qr_poster(QrCommon const& common, QrPosterOptions const& options);

struct QrSignOptions {
  std::string payload;
  std::string key_file;
  std::string until;  ///< 2026-12-31
};
int run_qr_sign(QrCommon const& common, QrSignOptions const& options);

struct QrKeyOptions {
  bool root = false;  ///< else a key that signs codes
  std::string out;    ///< new secret file
};
int run_qr_key(QrCommon const& common, QrKeyOptions const& options);

struct QrKeyListOptions {
  std::string list;           ///< file; made when it is not there
  std::string root_key_file;  ///< secret
  std::string until;          ///< day by which the next list is promised
  std::string add;            ///< public key of an operator
  std::string operator_name;  ///< of `add`
  std::string valid_from;     ///< of `add`
  std::string valid_until;    ///< of `add`
  std::string revoke;         ///< key id
  std::string reason;         ///< of `revoke`
};
int run_qr_key_list(QrCommon const& common, QrKeyListOptions const& options);

struct QrWordsOptions {
  std::int64_t amount = 0;
  bool south = false;
};
int run_qr_words(QrCommon const& common, QrWordsOptions const& options);
int run_qr_banks(QrCommon const& common, std::string const& wanted, bool csv);

}  // namespace qrpay::cli

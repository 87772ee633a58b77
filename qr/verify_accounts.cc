#include "qr/verify_accounts.h"

#include <algorithm>

namespace qrpay::qr {
namespace {

constexpr std::uint8_t kVietQrTag = 38;
constexpr std::size_t kGuidCharactersMax = 32;

std::uint16_t end_of(TlvObject const& object) {
  return static_cast<std::uint16_t>(object.value_offset() + object.value.size());
}

bool is_alphanumeric(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  });
}

// The parts of one account template that anything needs. Absent parts have tag 0 and no value.
struct Account {
  TlvObject whole;
  TlvObject guid;          // 00
  TlvObject first;         // 01
  TlvObject service_code;  // 02
  base::SmallVector<TlvObject, 2> unknown;
  bool well_formed = false;
  std::uint16_t broken_at = 0;
  Scheme scheme = Scheme::kEmvco;
};

Account read_account(Inspection const& in, TlvObject const& whole, FaultList& faults) {
  Account account;
  account.whole = whole;
  account.well_formed = walk_template(in, whole, TagPath(whole.tag), faults, account.broken_at,
                                      [&](TlvObject const& object) {
                                        switch (object.tag) {
                                          case 0: account.guid = object; break;
                                          case 1: account.first = object; break;
                                          case 2: account.service_code = object; break;
                                          default: account.unknown.push_back(object); break;
                                        }
                                      });
  account.scheme =
      classify_account(whole.tag, account.guid.value, {in.payload.currency, in.payload.country});
  return account;
}

void check_guid(Inspection& in, Account const& account) {
  TagPath const path(account.whole.tag);
  if (!is_plausible_guid(account.guid.value)) {
    in.strict(FaultCode::kTemplateGuid, account.whole.offset, path);
    return;
  }
  check_length(in, account.guid, kGuidCharactersMax, path.child(0));
}

void check_vietqr_account_id(Inspection& in, TlvObject const& account, TagPath path) {
  in.payload.account = account.value;
  check_length(in, account, kAccountCharactersMax, path);
  if (!is_alphanumeric(account.value)) {
    in.strict(FaultCode::kAccountCharset, account.offset, path);
  }
  std::size_t const digits = account.value.size();
  bool const is_card = is_digits(account.value) && digits >= 16 && digits <= 19;
  if (in.payload.service_code == service_code(Service::kTransferToCard) && !is_card) {
    in.strict(FaultCode::kCardNumber, account.offset, path);
  }
}

// 38.01: the bank and the account in it.
void verify_beneficiary(Inspection& in, TlvObject const& organisation) {
  TagPath const path = TagPath(kVietQrTag).child(1);
  TlvObject bank;
  TlvObject account;
  std::uint16_t broken_at = 0;
  bool const whole =
      walk_template(in, organisation, path, in.faults, broken_at, [&](TlvObject const& object) {
        if (object.tag == 0) {
          bank = object;
        } else if (object.tag == 1) {
          account = object;
        } else {
          in.strict(FaultCode::kUnexpectedSubtag, object.offset, path.child(object.tag));
        }
      });
  if (!whole) in.fatal(FaultCode::kTemplateMalformed, broken_at, path);
  in.payload.bank_bin = bank.value;
  if (!bank.value.empty()) {
    if (bank.value.size() != 6 || !is_digits(bank.value)) {
      in.fatal(FaultCode::kBinFormat, bank.offset, path.child(0));
    }
  } else if (whole) {
    in.fatal(FaultCode::kMissingSubtag, end_of(organisation), path.child(0));
  }
  if (!account.value.empty()) {
    check_vietqr_account_id(in, account, path.child(1));
  } else if (whole) {
    in.fatal(FaultCode::kMissingSubtag, end_of(organisation), path.child(1));
  }
}

void verify_vietqr(Inspection& in, Account const& account) {
  TagPath const path(kVietQrTag);
  for (TlvObject const& object : account.unknown) {
    in.strict(FaultCode::kUnexpectedSubtag, object.offset, path.child(object.tag));
  }
  in.payload.service_code = account.service_code.value;
  if (!in.payload.service_code.empty() && !in.payload.service()) {
    in.fatal(FaultCode::kServiceCode, account.service_code.offset, path.child(2));
  }
  if (!account.first.value.empty()) {
    verify_beneficiary(in, account.first);
  } else if (account.well_formed) {
    in.fatal(FaultCode::kMissingSubtag, end_of(account.whole), path.child(1));
  }
}

// 38 must be TLV whatever it holds. Elsewhere a template that is not TLV is a stranger's business.
Account verify_template_account(Inspection& in, TlvObject const& object) {
  TagPath const path(object.tag);
  if (object.tag == kVietQrTag) {
    Account account = read_account(in, object, in.faults);
    if (!account.well_formed) {
      in.profile_known = false;
      in.fatal(FaultCode::kTemplateMalformed, account.broken_at, path);
    }
    check_guid(in, account);
    return account;
  }
  FaultList own;  // counts only once the content has proved to be a template
  Account account = read_account(in, object, own);
  if (account.well_formed && is_plausible_guid(account.guid.value)) {
    for (Fault const& fault : own) in.faults.add(fault);
  }
  if (account.well_formed) {
    check_guid(in, account);
  } else {
    in.strict(FaultCode::kTemplateGuid, object.offset, path);
  }
  check_precomposed(in, object, path);
  return account;
}

void report_scheme(QrPayload& payload, Account const& account) {
  payload.scheme = account.scheme;
  payload.account_tag = account.whole.tag;
  payload.guid = account.guid.value;
  if (account.scheme == Scheme::kVnpay || account.scheme == Scheme::kAirPay) {
    payload.merchant_id = account.first.value;
  }
}

void add_also(QrPayload& payload, Scheme scheme) {
  if (scheme == payload.scheme) return;
  if (std::find(payload.also.begin(), payload.also.end(), scheme) != payload.also.end()) return;
  payload.also.push_back(scheme);
}

}  // namespace

void verify_accounts(Inspection& in) {
  bool any = false;
  base::SmallVector<Account, 1> others;
  for (TlvObject const& object : in.payload.objects) {
    if (object.tag < 2 || object.tag > 51 || object.value.empty()) continue;
    any = true;
    if (object.tag <= 25) {
      check_charset(in, object, TagPath(object.tag));
      continue;
    }
    Account const account = verify_template_account(in, object);
    if (account.scheme == Scheme::kVietQr) {
      report_scheme(in.payload, account);
      verify_vietqr(in, account);
    } else if (account.scheme != Scheme::kEmvco) {
      others.push_back(account);
    }
  }
  if (!any) in.fatal(FaultCode::kNoAccount, in.missing_offset());
  for (Account const& account : others) {
    if (in.payload.scheme == Scheme::kEmvco) report_scheme(in.payload, account);
    add_also(in.payload, account.scheme);
  }
}

}  // namespace qrpay::qr

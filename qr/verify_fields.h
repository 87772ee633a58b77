// The rules for everything but the accounts. Internal to qr/: called by read_payload only.
#pragma once

#include "qr/inspection.h"

namespace qrpay::qr {

/// 00, 01, 52-61 and 65-99, and the objects that each profile asks for. After verify_accounts and
/// verify_templates, since the profile depends on both.
void verify_fields(Inspection& in);

/// Decodes and checks 62 and 64. Before verify_fields.
void verify_templates(Inspection& in);

}  // namespace qrpay::qr

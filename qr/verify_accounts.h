// The rules for 02-51: who is paid. Internal to qr/: called by read_payload only.
#pragma once

#include "qr/inspection.h"

namespace qrpay::qr {

/// Finds the schemes, decodes the account that is reported, checks it. Needs 53 and 58 decoded.
void verify_accounts(Inspection& in);

}  // namespace qrpay::qr

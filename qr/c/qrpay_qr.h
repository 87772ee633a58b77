// VietQR codes for C, and for every language that can call C: build, read, draw, scan.
//
// Link with `pkg-config --libs qrpay-qr`. C99 and later, C++, and by name from anything else.
//
// Rules that hold for every function:
// - Threads: any number at once. There is no hidden state; what a caller holds (a reading, bytes)
//   is used by one thread at a time, or by several that only read it.
// - Text is UTF-8. `char const *` is NUL-terminated and looked at for QRPAY_QR_STRING_MAX bytes at
//   most; NULL means absent where the comment does not say that it is refused. Nothing is kept
//   after the call, and nothing passed in is changed or freed.
// - A function that can fail returns QRPAY_QR_OK (0), a number below zero (this face was called
//   wrongly, enum qrpay_qr_status) or a number above zero: the QRPAY-nnnn of the whole project,
//   stable for ever (qrpay_qr_status_name() says which). After a failure the answers are empty.
// - `error` may be NULL. It tells the same number and where, by the pointers of the HTTP API:
//   "/account: ...", "/additional/purpose: ..."; never the value.
// - A struct with `struct_size` may grow. Zero it, set struct_size = sizeof it, then fill it in: a
//   newer library takes an older program's struct, and an older library takes a newer struct as
//   long as what it does not know is zero.
// - Never throws, prints, exits, or reads files, clock or environment.
#pragma once

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define QRPAY_QR_API __attribute__((visibility("default")))
#else
#define QRPAY_QR_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

// C's names and C's typedefs, whatever the rest of the project does.
// NOLINTBEGIN(readability-identifier-naming)

/// Changes when a program must be compiled again; the number in libqrpay-qr.so.0.
#define QRPAY_QR_ABI 0
/// Longest string taken, and longest text read as a payload, in bytes.
#define QRPAY_QR_STRING_MAX 4096
/// Bytes that hold every payload that this library makes, NUL included.
#define QRPAY_QR_TEXT_MAX 2049

enum qrpay_qr_status {
  QRPAY_QR_OK = 0,
  QRPAY_QR_BAD_ARGUMENT = -1,      ///< NULL where that is refused, a struct_size nobody knows
  QRPAY_QR_BUFFER_TOO_SMALL = -2,  ///< the size needed is told
  QRPAY_QR_OUT_OF_MEMORY = -3,
  QRPAY_QR_INTERNAL = -4,  ///< a bug in this library
  // Above zero, of QRPAY-nnnn, those that these functions return:
  QRPAY_QR_INVALID_FIELD = 1002,  ///< a value is not allowed; `detail` starts with its pointer
  QRPAY_QR_TOO_LARGE = 1006,      ///< over a stated limit
  QRPAY_QR_NOT_SUPPORTED = 1016,
  QRPAY_QR_TOO_LONG = 5002,         ///< no symbol of that level holds the text
  QRPAY_QR_IMAGE_MALFORMED = 5003,  ///< not a picture, or a damaged one
  QRPAY_QR_IMAGE_TOO_LARGE = 5004,  ///< over 25 megapixels or 32 MiB
  QRPAY_QR_NO_CODE_FOUND = 5005,
  QRPAY_QR_SEVERAL_CODES = 5006,      ///< codes with different texts: nobody can say which is meant
  QRPAY_QR_UNSUPPORTED_SYMBOL = 5007  ///< Micro QR or rMQR, which VietQR is not
};

typedef struct qrpay_qr_error {
  size_t struct_size;
  int32_t status;
  char detail[256];  ///< NUL-terminated; cut if longer
} qrpay_qr_error;

/// "0.1.0". Static. Never NULL.
QRPAY_QR_API char const* qrpay_qr_version(void);

/// The QRPAY_QR_ABI the library was built with; a program that loads it by name compares.
QRPAY_QR_API int32_t qrpay_qr_abi(void);

/// "invalid_field", "no_code_found", "buffer_too_small"; "unknown" for other numbers. Static.
QRPAY_QR_API char const* qrpay_qr_status_name(int32_t status);

// --- building ---------------------------------------------------------------------------------

/// VietQR services (38.02).
enum qrpay_qr_service {
  QRPAY_QR_PUSH = 1,                 ///< QRPUSH: payment to a merchant
  QRPAY_QR_CASH = 2,                 ///< QRCASH: withdrawal at an ATM
  QRPAY_QR_TRANSFER_TO_ACCOUNT = 3,  ///< QRIBFTTA; also meant by 0
  QRPAY_QR_TRANSFER_TO_CARD = 4      ///< QRIBFTTC
};

/// Tags 55-57.
enum qrpay_qr_tip {
  QRPAY_QR_TIP_NONE = 0,
  QRPAY_QR_TIP_PROMPT = 1,  ///< the payer's app asks
  QRPAY_QR_TIP_FIXED = 2,   ///< tip_fixed on top
  QRPAY_QR_TIP_PERCENT = 3  ///< tip_percent_hundredths on top
};

/// One of the templates 80-99. Never grows.
typedef struct qrpay_qr_template {
  int32_t tag;
  char const* value;  ///< whole objects, of which 00 is a globally unique identifier
} qrpay_qr_template;

/// A code to be made. Text is printable ASCII but for the language template; accents are refused
/// and not folded: qrpay_qr_normalise() does that.
typedef struct qrpay_qr_payload {
  size_t struct_size;
  int32_t service;                 ///< enum qrpay_qr_service
  int32_t order_bound;             ///< not 0: for one order, even without an amount (01 is 12)
  int64_t amount;                  ///< dong, 1 to 9,999,999,999,999; 0: the payer types it
  char const* bank_bin;            ///< six digits; required
  char const* account;             ///< 1 to 19 letters and digits, a card 16 to 19 digits; required
  char const* mcc;                 ///< four digits; required by QRPUSH, and 6011 by QRCASH
  char const* merchant_name;       ///< to 25; required by QRPUSH and QRCASH
  char const* merchant_city;       ///< to 15; likewise
  char const* postal_code;         ///< to 10
  int32_t tip;                     ///< enum qrpay_qr_tip
  int32_t tip_percent_hundredths;  ///< 1 (00.01 %) to 9,999
  int64_t tip_fixed;               ///< dong
  // Tag 62, each to 25.
  char const* bill_number;
  char const* mobile_number;
  char const* store_label;
  char const* loyalty_number;
  char const* reference_label;
  char const* customer_label;
  char const* terminal_label;
  char const* purpose;  ///< the content that reaches the bank statement, the only one banks copy
  char const* consumer_data_request;  ///< of A, M, E, each once
  // Tag 64: UTF-8 in NFC; language and name, or nothing at all.
  char const* language;                ///< ISO 639, two letters
  char const* language_name;           ///< to 25
  char const* language_city;           ///< to 15
  qrpay_qr_template const* templates;  ///< rising tags
  size_t template_count;               ///< to 20
} qrpay_qr_payload;

/// Writes the payload and a NUL into `buffer`, in which `*size` bytes are free; `*size` then tells
/// the bytes of the answer, NUL included, also when they were too few. A buffer of
/// QRPAY_QR_TEXT_MAX is never too small; `buffer` may be NULL when `*size` is 0, to ask.
/// Reading what was written finds no fault. Under 1 us.
/// Errors: QRPAY_QR_INVALID_FIELD; QRPAY_QR_TOO_LARGE, over 99 characters in 62 or 512 in all;
///   QRPAY_QR_BUFFER_TOO_SMALL; QRPAY_QR_BAD_ARGUMENT, `payload` or `size` is NULL.
QRPAY_QR_API int32_t qrpay_qr_build(qrpay_qr_payload const* payload, char* buffer, size_t* size,
                                    qrpay_qr_error* error);

/// Makes any text fit for `purpose`: marks stripped, d with stroke to d, all but letters, digits
/// and blanks to blanks, those collapsed and trimmed, cut to `characters_max` (25 by EMVCo, 19 by
/// the narrowest bank). Bytes that are not UTF-8 become blanks. `buffer` and `size` as above;
/// characters_max + 1 bytes are never too few.
/// Errors: QRPAY_QR_BUFFER_TOO_SMALL; QRPAY_QR_TOO_LARGE, `text` is over QRPAY_QR_STRING_MAX;
///   QRPAY_QR_BAD_ARGUMENT, `text` or `size` is NULL.
QRPAY_QR_API int32_t qrpay_qr_normalise(char const* text, size_t characters_max, char* buffer,
                                        size_t* size);

// --- reading ----------------------------------------------------------------------------------

enum qrpay_qr_tier {
  QRPAY_QR_TIER_STRICT = 1,  ///< breaks a written rule but is seen in the field
  QRPAY_QR_TIER_FATAL = 2    ///< the text cannot be trusted to mean what it says
};

enum qrpay_qr_policy {
  QRPAY_QR_POLICY_STRICT = 1,  ///< refuse both tiers: for codes that one issues
  QRPAY_QR_POLICY_LENIENT = 2  ///< refuse fatal faults only: for codes met in the field
};

/// Everything there is to say about a text. Made by qrpay_qr_read, ended by qrpay_qr_reading_free.
typedef struct qrpay_qr_reading qrpay_qr_reading;

typedef struct qrpay_qr_fault {
  size_t struct_size;
  int32_t number;    ///< QR-nn, stable for ever
  int32_t tier;      ///< enum qrpay_qr_tier
  uint32_t offset;   ///< in bytes of the text as given
  char path[12];     ///< "38.01.00"; "" for the payload itself; NUL-terminated
  char const* name;  ///< "crc_mismatch"; static
} qrpay_qr_fault;

/// Reads any `text_size` bytes; a text full of faults is an answer and not a failure. NUL bytes are
/// ordinary (faulty) bytes. `text` is copied. About 1 us, linear in the text.
/// Errors: QRPAY_QR_BAD_ARGUMENT, `out` is NULL, or `text` is and `text_size` is not 0.
QRPAY_QR_API int32_t qrpay_qr_read(char const* text, size_t text_size, qrpay_qr_reading** out);

/// NULL is allowed.
QRPAY_QR_API void qrpay_qr_reading_free(qrpay_qr_reading* reading);

/// 1 when `policy` (enum qrpay_qr_policy) takes the text, else 0; 0 for NULL or another policy.
QRPAY_QR_API int32_t qrpay_qr_accepted(qrpay_qr_reading const* reading, int32_t policy);

/// At most 64 are kept. 0 for NULL.
QRPAY_QR_API size_t qrpay_qr_fault_count(qrpay_qr_reading const* reading);

/// Fault `index` in the order they were found. Set out->struct_size first.
/// Errors: QRPAY_QR_BAD_ARGUMENT, NULL, an index past the end, a struct_size nobody knows.
QRPAY_QR_API int32_t qrpay_qr_fault_at(qrpay_qr_reading const* reading, size_t index,
                                       qrpay_qr_fault* out);

/// Fields present: none when a fault is fatal, so that nothing is used by mistake. 0 for NULL.
QRPAY_QR_API size_t qrpay_qr_field_count(qrpay_qr_reading const* reading);

/// Name of field `index`, in a fixed order: "scheme", "bank_bin", "account", "amount",
/// "additional.purpose", "crc" and so on. Lives as long as the reading. NULL past the end.
QRPAY_QR_API char const* qrpay_qr_field_name(qrpay_qr_reading const* reading, size_t index);

/// Its value as printed in the code, NUL-terminated; `value_size` (may be NULL) tells its bytes,
/// for a value may hold NUL bytes (fault QR-39). Lives as long as the reading. NULL past the end.
QRPAY_QR_API char const* qrpay_qr_field_value(qrpay_qr_reading const* reading, size_t index,
                                              size_t* value_size);

/// The value of the field called `name`, or NULL when it is not there. As qrpay_qr_field_value.
QRPAY_QR_API char const* qrpay_qr_field(qrpay_qr_reading const* reading, char const* name);

/// The amount in dong; 0 when there is none that could be paid in dong.
QRPAY_QR_API int64_t qrpay_qr_amount(qrpay_qr_reading const* reading);

/// What a text is to people: "vietqr_account", "momo", "promptpay", "lao_qr", "payment_link" and so
/// on; "unknown" for the rest and for NULL. Static. Of a damaged payload what it set out to be: it
/// may be paid only when qrpay_qr_accepted says so. Never allocates, linear in the text.
QRPAY_QR_API char const* qrpay_qr_classify(char const* text, size_t text_size);

// --- pictures ---------------------------------------------------------------------------------

/// Bytes that the library owns until qrpay_qr_bytes_free. Never grows.
typedef struct qrpay_qr_bytes {
  uint8_t* data;   ///< a NUL follows the last byte, so that text can be used as a string
  size_t size;     ///< without that NUL
  uint32_t width;  ///< pixels (PNG), modules (MODULES) or units (SVG) on a side; 0 for text
} qrpay_qr_bytes;

/// Frees and empties. NULL and empty ones are allowed.
QRPAY_QR_API void qrpay_qr_bytes_free(qrpay_qr_bytes* bytes);

enum qrpay_qr_format {
  QRPAY_QR_FORMAT_PNG = 1,      ///< 1-bit greyscale, quiet zone included; also meant by 0
  QRPAY_QR_FORMAT_MODULES = 2,  ///< width * width bytes row by row, 1 for dark, no quiet zone
  QRPAY_QR_FORMAT_SVG = 3       ///< one path in UTF-8, quiet zone included
};

/// Error correction: the share of the symbol that may be lost.
enum qrpay_qr_level {
  QRPAY_QR_LEVEL_L = 1,  ///<  7 %
  QRPAY_QR_LEVEL_M = 2,  ///< 15 %, for screens; also meant by 0
  QRPAY_QR_LEVEL_Q = 3,  ///< 25 %, for print
  QRPAY_QR_LEVEL_H = 4   ///< 30 %, for stickers
};

typedef struct qrpay_qr_drawing {
  size_t struct_size;
  int32_t format;             ///< enum qrpay_qr_format
  int32_t level;              ///< enum qrpay_qr_level
  int32_t exact_level;        ///< not 0: no better level where the symbol has room for it
  int32_t compact;            ///< not 0: smaller, by mixed segments, which EMVCo does not foresee
  int32_t pixels_per_module;  ///< PNG: 1 to 64; 0 means 8
  int32_t module_um;  ///< PNG, SVG: a module on paper, 100 to 50,000 micrometres; 0 means no size
} qrpay_qr_drawing;

/// Draws any text, a payload or not. `drawing` may be NULL: a PNG at level M. 0.1 to 0.3 ms.
/// Errors: QRPAY_QR_INVALID_FIELD, `text` is empty or a number is out of range; QRPAY_QR_TOO_LONG;
///   QRPAY_QR_IMAGE_TOO_LARGE; QRPAY_QR_BAD_ARGUMENT, `text` or `out` is NULL.
QRPAY_QR_API int32_t qrpay_qr_draw(char const* text, qrpay_qr_drawing const* drawing,
                                   qrpay_qr_bytes* out, qrpay_qr_error* error);

/// The text of the only code in a PNG, JPEG or WebP file. It may be anything: give it to
/// qrpay_qr_read. Time and memory are bounded for hostile pictures too: some ms for a screenshot.
/// Errors: QRPAY_QR_NO_CODE_FOUND, QRPAY_QR_SEVERAL_CODES, QRPAY_QR_UNSUPPORTED_SYMBOL,
///   QRPAY_QR_IMAGE_MALFORMED, QRPAY_QR_IMAGE_TOO_LARGE, QRPAY_QR_NOT_SUPPORTED;
///   QRPAY_QR_BAD_ARGUMENT, `out` is NULL, or `file` is and `file_size` is not 0.
QRPAY_QR_API int32_t qrpay_qr_scan(void const* file, size_t file_size, qrpay_qr_bytes* out,
                                   qrpay_qr_error* error);

// NOLINTEND(readability-identifier-naming)

#ifdef __cplusplus
}
#endif

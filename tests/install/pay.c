/* Thirty lines of C: ask for 50,000 dong, draw it, read the picture, see what it says. */
#include <qrpay_qr.h>
#include <stdio.h>
#include <string.h>

int main(void) {
  char text[QRPAY_QR_TEXT_MAX], content[26];
  size_t text_size = sizeof text, content_size = sizeof content;
  qrpay_qr_payload payload = {.struct_size = sizeof payload};
  qrpay_qr_error error = {.struct_size = sizeof error};
  qrpay_qr_bytes png, seen;
  qrpay_qr_reading* reading;

  if (qrpay_qr_normalise("Cà phê sữa đá", 25, content, &content_size) != QRPAY_QR_OK) return 1;
  payload.bank_bin = "970403";
  payload.account = "0011012345678";
  payload.amount = 50000;
  payload.purpose = content;
  if (qrpay_qr_build(&payload, text, &text_size, &error) != QRPAY_QR_OK) return 2;
  if (qrpay_qr_draw(text, NULL, &png, &error) != QRPAY_QR_OK) return 3;
  if (qrpay_qr_scan(png.data, png.size, &seen, &error) != QRPAY_QR_OK) return 4;
  if (strcmp(text, (char const*)seen.data) != 0) return 5;
  if (qrpay_qr_read((char const*)seen.data, seen.size, &reading) != QRPAY_QR_OK) return 6;
  printf("%s\n%d fields, %s: %lld dong\n", text, (int)qrpay_qr_field_count(reading),
         qrpay_qr_field(reading, "additional.purpose"), (long long)qrpay_qr_amount(reading));
  qrpay_qr_reading_free(reading);
  qrpay_qr_bytes_free(&png);
  qrpay_qr_bytes_free(&seen);
}

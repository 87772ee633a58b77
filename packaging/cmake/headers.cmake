# What of base/ and qr/ a program outside the project may include. Every header of the two folders
# is in one of these lists; tests/install/headers_test.py says which is forgotten.

# All that a header of qr/ needs, since it is installed beside it. Promised: the names that the
# headers of qr/ use.
set(QRPAY_BASE_HEADERS
  base/bytes.h
  base/check.h
  base/containers.h
  base/crypto.h
  base/error.h
  base/files.h
  base/ids.h
  base/markup.h
  base/money.h
  base/result.h
  base/text.h
  base/time_text.h
  base/world.h
)
set(QRPAY_QR_HEADERS
  qr/banks.h
  qr/build.h
  qr/classify.h
  qr/crc.h
  qr/draw/print_size.h
  qr/draw/raster.h
  qr/draw/render.h
  qr/draw/svg.h
  qr/draw/symbol.h
  qr/faults.h
  qr/kind.h
  qr/payload.h
  qr/picture/image.h
  qr/picture/jpeg.h
  qr/picture/png.h
  qr/picture/read.h
  qr/picture/webp.h
  qr/scan/scan.h
  qr/sign/key_list.h
  qr/sign/signed_code.h
  qr/sign/signing_key.h
  qr/sign/sticker_guard.h
  qr/tlv.h
  qr/vnd_words.h
)
# Installed with qrpay::qr_poster.
set(QRPAY_QR_POSTER_HEADERS
  qr/poster/brand.h
  qr/poster/card.h
  qr/poster/poster.h
  qr/poster/symbol_pdf.h
)
# Installed at the top, as <qrpay_qr.h>: it stands alone.
set(QRPAY_QR_C_HEADERS
  qr/c/qrpay_qr.h
)
# Not installed: between the files of one room, and free to change.
set(QRPAY_INTERNAL_HEADERS
  qr/ascii.h
  qr/c/border.h
  qr/draw/encoder.h
  qr/draw/encoder_grid.h
  qr/draw/encoder_layout.h
  qr/draw/encoder_mask.h
  qr/draw/encoder_reed_solomon.h
  qr/draw/encoder_tables.h
  qr/draw/plan.h
  qr/inspection.h
  qr/poster/canvas.h
  qr/poster/details.h
  qr/poster/drawing.h
  qr/poster/layout.h
  qr/poster/printable.h
  qr/poster/sheet.h
  qr/poster/svg_page.h
  qr/poster/typeface.h
  qr/scan/binarize.h
  qr/scan/enhance.h
  qr/scan/finders.h
  qr/scan/projection.h
  qr/scan/reader.h
  qr/scan/redraw.h
  qr/sign/crockford.h
  qr/verify_accounts.h
  qr/verify_fields.h
)

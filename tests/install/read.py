# Reads a code with the C face and no glue: read.py LIBRARY TEXT
import ctypes
import sys

qr = ctypes.CDLL(sys.argv[1])
qr.qrpay_qr_field.restype = qr.qrpay_qr_classify.restype = ctypes.c_char_p
text, reading = sys.argv[2].encode(), ctypes.c_void_p()
assert qr.qrpay_qr_read(text, ctypes.c_size_t(len(text)), ctypes.byref(reading)) == 0
print(qr.qrpay_qr_classify(text, ctypes.c_size_t(len(text))).decode())
print("accepted" if qr.qrpay_qr_accepted(reading, 1) else "refused")
print(qr.qrpay_qr_field(reading, b"account"))
qr.qrpay_qr_reading_free(reading)

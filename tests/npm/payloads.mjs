// payloads.mjs PACKAGES CASES: qrpay's payloads beside those of vietnam-qr-pay and vietqr-ts.
//
// Each library builds from the same input, and its bytes must be ours; each reads our text, and its
// fields must be the input. Where a library is wrong or poorer, the difference is listed below with
// its reason, the expectation is changed by exactly that, and it must have been met: a fixed
// library or a new difference fails the test.
import { isDeepStrictEqual } from 'node:util';
import { createRequire } from 'node:module';
import { casesOf } from './cases.mjs';

const [packages, program] = process.argv.slice(2);
const require = createRequire(`${packages}/package.json`);
const { QRPay } = require('vietnam-qr-pay');
const vietqrTs = require('vietqr-ts');

const DIFFERENCES = {
  'vietnam-qr-pay writes no 64': 'its model has no language template',
  'vietnam-qr-pay counts UTF-16 units': 'EMVCo 4.4.1.1 counts characters; an emoji is one',
  'vietqr-ts writes 01=12 for an amount only': 'its option initiationMethod is checked, not used',
  'vietqr-ts drops 62.05': 'its option referenceLabel is checked, not written',
  'vietqr-ts trims 62.01 and 62.08': 'blanks at the ends are characters too',
  'vietqr-ts refuses ans characters': '62.01 and 62.05 are ans, it takes letters and digits',
  'vietqr-ts counts bytes': 'its reader cuts UTF-8 bytes; EMVCo 4.4.1.1 counts characters',
  'vietqr-ts misnames 62.07 and 62.09': 'it calls them purposeCode and billNumber, which is 01',
};
const met = new Map(Object.keys(DIFFERENCES).map((name) => [name, 0]));
const differs = (name) => met.set(name, met.get(name) + 1);

const compared = new Map();
let wrong = 0;
function compare(what, input, ours, theirs) {
  compared.set(what, (compared.get(what) ?? 0) + 1);
  if (isDeepStrictEqual(ours, theirs)) return;
  if (++wrong <= 10) console.error(`${what}\n`, { input, expected: ours, theirs });
}

// --- a third reading of the format, only as large as the expectations need ---------------------

function objectsOf(text) {
  const characters = [...text];
  const objects = [];
  for (let at = 0; at < characters.length; ) {
    const length = Number(characters.slice(at + 2, at + 4).join(''));
    const end = at + 4 + length;
    objects.push([characters.slice(at, at + 2).join(''), characters.slice(at + 4, end).join('')]);
    at = end;
  }
  return objects;
}
const textOf = (objects) =>
  objects.map(([id, value]) => id + String([...value].length).padStart(2, '0') + value).join('');

function crcOf(text) {
  let crc = 0xffff;
  for (const byte of Buffer.from(text, 'utf8')) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; ++bit) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
    crc &= 0xffff;
  }
  return crc.toString(16).toUpperCase().padStart(4, '0');
}

/// The payload with `change` made to its objects, its 62 to `change62`, and the CRC again.
function changed(payload, { root = (o) => o, additional = (o) => o }) {
  const objects = root(objectsOf(payload).slice(0, -1))
    .map(([id, value]) => [id, id === '62' ? textOf(additional(objectsOf(value))) : value])
    .filter(([, value]) => value !== '');
  const text = `${textOf(objects)}6304`;
  return text + crcOf(text);
}

// --- vietnam-qr-pay ----------------------------------------------------------------------------

const ADDITIONAL_OF_QRPAY = {
  bill_number: 'billNumber',
  mobile_number: 'mobileNumber',
  store_label: 'store',
  loyalty_number: 'loyaltyNumber',
  reference_label: 'reference',
  customer_label: 'customerLabel',
  terminal_label: 'terminal',
  purpose: 'purpose',
  consumer_data_request: 'dataRequest',
};
const isAstral = (text) => [...text].length !== text.length;

function buildByVietnamQrPay(input) {
  const made = QRPay.initVietQR({
    bankBin: input.bank_bin,
    bankNumber: input.account,
    amount: input.amount,
    service: input.service,
    initMethod: input.initiation,
  });
  made.category = input.mcc;
  made.tipAndFeeType = input.tip_indicator;
  made.tipAndFeeAmount = input.fee_fixed;
  made.tipAndFeePercent = input.fee_percent;
  made.merchant.name = input.merchant_name;
  made.city = input.merchant_city;
  made.zipCode = input.postal_code;
  for (const [ours, theirs] of Object.entries(ADDITIONAL_OF_QRPAY)) {
    made.additionalData[theirs] = input.additional?.[ours];
  }
  for (const [id, value] of Object.entries(input.unreserved ?? {})) {
    made.setUnreservedField(id, value);
  }
  return made.build();
}

function withVietnamQrPay(input, payload) {
  let expected = payload;
  if (input.language) {
    differs('vietnam-qr-pay writes no 64');
    expected = changed(payload, { root: (objects) => objects.filter(([id]) => id !== '64') });
  }
  compare('vietnam-qr-pay builds', input, expected, buildByVietnamQrPay(input));

  const read = new QRPay(payload);
  const additional = {};
  for (const [ours, theirs] of Object.entries(ADDITIONAL_OF_QRPAY)) {
    additional[ours] = read.additionalData[theirs];
  }
  const fields = {
    valid: read.isValid,
    initiation: read.initMethod,
    service: read.provider.service,
    bank_bin: read.consumer.bankBin,
    account: read.consumer.bankNumber,
    amount: read.amount,
    mcc: read.category,
    tip_indicator: read.tipAndFeeType,
    fee_fixed: read.tipAndFeeAmount,
    fee_percent: read.tipAndFeePercent,
    merchant_name: read.merchant.name,
    merchant_city: read.city,
    postal_code: read.zipCode,
    additional,
    unreserved: read.unreserved,
    crc: read.crc,
  };
  const asked = Object.fromEntries(Object.keys(fields).map((name) => [name, input[name]]));
  asked.valid = true;
  asked.crc = payload.slice(-4);
  asked.additional = Object.fromEntries(
    Object.keys(ADDITIONAL_OF_QRPAY).map((name) => [name, input.additional?.[name]]));
  if (isAstral(payload)) {
    differs('vietnam-qr-pay counts UTF-16 units');
    compare('vietnam-qr-pay reads', input, false, isDeepStrictEqual(asked, fields));
  } else {
    compare('vietnam-qr-pay reads', input, asked, fields);
  }
}

// --- vietqr-ts ---------------------------------------------------------------------------------

const TRANSFER_ONLY = new Set(['bank_bin', 'account', 'service', 'initiation', 'amount']);
const ADDITIONAL_OF_TS = new Set(['bill_number', 'reference_label', 'purpose']);

/// Whether the library has an option for everything that the input says.
const canSayTs = (input) =>
  input.service.startsWith('QRIBFTT') &&
  Object.keys(input).every((name) => TRANSFER_ONLY.has(name) || name === 'additional') &&
  Object.keys(input.additional ?? {}).every((name) => ADDITIONAL_OF_TS.has(name));

function buildByVietqrTs(input) {
  const card = input.service === 'QRIBFTTC';
  return vietqrTs.generateVietQR({
    bankBin: input.bank_bin,
    [card ? 'cardNumber' : 'accountNumber']: input.account,
    serviceCode: input.service,
    initiationMethod: input.amount ? input.initiation : '11', // it demands an amount for 12
    amount: input.amount,
    billNumber: input.additional?.bill_number,
    referenceLabel: input.additional?.reference_label,
    purpose: input.additional?.purpose,
  }).rawData;
}

/// Our payload as this library would have it.
function expectedOfTs(input, payload) {
  const { reference_label, bill_number = '', purpose = '' } = input.additional ?? {};
  if (input.initiation === '12' && !input.amount) {
    differs('vietqr-ts writes 01=12 for an amount only');
    payload = changed(payload, {
      root: (objects) => objects.map(([id, value]) => [id, id === '01' ? '11' : value]),
    });
  }
  if (reference_label) {
    differs('vietqr-ts drops 62.05');
    const additional = (objects) => objects.filter(([id]) => id !== '05');
    payload = changed(payload, { additional });
  }
  if (bill_number !== bill_number.trim() || purpose !== purpose.trim()) {
    differs('vietqr-ts trims 62.01 and 62.08');
    const additional = (objects) =>
      objects.map(([id, value]) => [id, value.trim()]).filter(([, value]) => value !== '');
    payload = changed(payload, { additional });
  }
  return payload;
}

/// The 62.01 and 62.05 that it takes.
const isTakenByTs = ({ bill_number = 'A', reference_label = 'A', purpose = 'A' }) =>
  /^\s*[\w-]+\s*$/.test(bill_number) && /^\s*[A-Za-z0-9]+\s*$/.test(reference_label) &&
  purpose.trim() !== '';

function withVietqrTs(input, payload) {
  if (canSayTs(input)) {
    if (isTakenByTs(input.additional ?? {})) {
      const expected = expectedOfTs(input, payload);
      compare('vietqr-ts builds', input, expected, buildByVietqrTs(input));
    } else {
      differs('vietqr-ts refuses ans characters');
      let refused = false;
      try {
        buildByVietqrTs(input);
      } catch {
        refused = true;
      }
      compare('vietqr-ts builds', input, true, refused);
    }
  }
  compare('vietqr-ts checks the CRC', input, true, vietqrTs.verifyCRC(payload));
  const read = vietqrTs.parse(payload);
  if (Buffer.byteLength(payload) !== payload.length) {
    differs('vietqr-ts counts bytes');
    compare('vietqr-ts reads', input, true, read.data?.crc !== payload.slice(-4));
    return;
  }
  if (input.additional?.terminal_label || input.additional?.consumer_data_request) {
    differs('vietqr-ts misnames 62.07 and 62.09');
  }
  const asked = {
    payloadFormatIndicator: '01',
    initiationMethod: input.initiation === '12' ? 'dynamic' : 'static',
    bankCode: input.bank_bin,
    accountNumber: input.account,
    merchantCategory: input.mcc,
    currency: '704',
    amount: input.amount,
    countryCode: 'VN',
    message: input.additional?.purpose,
    purposeCode: input.additional?.terminal_label,
    billNumber: input.additional?.consumer_data_request,
    crc: payload.slice(-4),
  };
  for (const name of Object.keys(asked)) if (asked[name] === undefined) delete asked[name];
  compare('vietqr-ts reads', input, asked, read.data);
}

// --- all ---------------------------------------------------------------------------------------

const PAYLOADS_MIN = 4000; // fewer means that the generator broke
let payloads = 0;
let signed = 0;
for await (const { input, payload } of casesOf(program, 'payloads')) {
  ++payloads;
  if (input.unreserved && Object.values(input.unreserved).some((v) => v.startsWith('0008vn.qrpay')))
    ++signed;
  withVietnamQrPay(input, payload);
  withVietqrTs(input, payload);
}
console.log(`${payloads} payloads, ${signed} of them signed`);
for (const [what, count] of compared) console.log(`  ${what}: ${count}`);
console.log('known differences, expected exactly:');
for (const [name, count] of met) {
  console.log(`  ${name}: ${count} (${DIFFERENCES[name]})`);
  if (count === 0 && ++wrong) console.error(`never met: ${name}`);
}
console.log(`${wrong} other differences`);
process.exit(wrong === 0 && payloads >= PAYLOADS_MIN && signed > 0 ? 0 : 1);

// Whether bytes are UTF-8: Keiser and Lemire, 2020, "Validating UTF-8 in less than one instruction per byte". Two neighbouring bytes have at
// most one kind of error in common; three look-ups by four bits each tell which kinds they allow.

const TOO_SHORT: u8 = 1 << 0;
const TOO_LONG: u8 = 1 << 1;
const OVERLONG_3: u8 = 1 << 2;
const TOO_LARGE: u8 = 1 << 3;
const SURROGATE: u8 = 1 << 4;
const OVERLONG_2: u8 = 1 << 5;
/** Above U+10FFFF with a second byte from 0x80 on; and overlong with four bytes: never both. */
const TOO_LARGE_1000: u8 = 1 << 6;
const OVERLONG_4: u8 = 1 << 6;
const TWO_CONTINUATIONS: u8 = 1 << 7;
const CARRY: u8 = TOO_SHORT | TOO_LONG | TWO_CONTINUATIONS;
const LARGE: u8 = CARRY | TOO_LARGE | TOO_LARGE_1000;
const SECOND: u8 = TOO_LONG | OVERLONG_2 | TWO_CONTINUATIONS;

/** By the first byte's high bits, its low bits, and the second byte's high bits. */
const FIRST_HIGH: usize = memory.data<u8>([
  TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG,
  TWO_CONTINUATIONS, TWO_CONTINUATIONS, TWO_CONTINUATIONS, TWO_CONTINUATIONS,
  TOO_SHORT | OVERLONG_2, TOO_SHORT, TOO_SHORT | OVERLONG_3 | SURROGATE, TOO_SHORT | TOO_LARGE | TOO_LARGE_1000 | OVERLONG_4,
], 16);
const FIRST_LOW: usize = memory.data<u8>([
  CARRY | OVERLONG_2 | OVERLONG_3 | OVERLONG_4, CARRY | OVERLONG_2, CARRY, CARRY, CARRY | TOO_LARGE, LARGE, LARGE, LARGE,
  LARGE, LARGE, LARGE, LARGE, LARGE, LARGE | SURROGATE, LARGE, LARGE,
], 16);
const SECOND_HIGH: usize = memory.data<u8>([
  TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT,
  SECOND | OVERLONG_3 | TOO_LARGE_1000 | OVERLONG_4, SECOND | OVERLONG_3 | TOO_LARGE, SECOND | SURROGATE | TOO_LARGE,
  SECOND | SURROGATE | TOO_LARGE, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT,
], 16);

/** What is wrong with sixteen bytes behind those before. */
@inline
function errorsIn(bytes: v128, before: v128): v128 {
  const first = i8x16.shuffle(before, bytes, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30);
  const twoBefore = i8x16.shuffle(before, bytes, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29);
  const threeBefore = i8x16.shuffle(before, bytes, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28);
  const kinds = v128.and(
    v128.and(
      i8x16.swizzle(v128.load(FIRST_HIGH), i8x16.shr_u(first, 4)),
      i8x16.swizzle(v128.load(FIRST_LOW), v128.and(first, i8x16.splat(15))),
    ),
    i8x16.swizzle(v128.load(SECOND_HIGH), i8x16.shr_u(bytes, 4)),
  );
  // A third or fourth byte has to be a continuation behind another one, which is then no error.
  const isThird = i8x16.sub_sat_u(twoBefore, i8x16.splat(0x60));
  const isFourth = i8x16.sub_sat_u(threeBefore, i8x16.splat(0x70));
  return v128.xor(v128.and(v128.or(isThird, isFourth), i8x16.splat(-128)), kinds);
}

/** Behind the bytes 16 zero bytes must follow. */
export function isUtf8(start: usize, count: usize): bool {
  const end = start + count;
  let errors = i64x2.splat(0);
  let before = i64x2.splat(0);
  let at = start;
  // Four vectors at a time, since most are of ASCII, and the others not alone.
  for (; at + 64 <= end; at += 64) {
    const bytes0 = v128.load(at);
    const bytes1 = v128.load(at, 16);
    const bytes2 = v128.load(at, 32);
    const bytes3 = v128.load(at, 48);
    if (i8x16.bitmask(v128.or(v128.or(v128.or(bytes0, bytes1), v128.or(bytes2, bytes3)), before)) != 0) {
      errors = v128.or(errors, v128.or(errorsIn(bytes0, before), errorsIn(bytes1, bytes0)));
      errors = v128.or(errors, v128.or(errorsIn(bytes2, bytes1), errorsIn(bytes3, bytes2)));
    }
    before = bytes3;
  }
  // One vector more than there are: a sequence that the end cuts off is found there.
  for (; at <= end; at += 16) {
    const bytes = v128.load(at);
    errors = v128.or(errors, errorsIn(bytes, before));
    before = bytes;
  }
  return !v128.any_true(errors);
}

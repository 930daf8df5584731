const [UPPER_A, UPPER_Z, TO_LOWER] = [0x41, 0x5a, 0x20];

/** A copy with ASCII's capitals as small letters; of the same length whatever it holds. */
export function lowerAscii(bytes: Buffer): Buffer {
  const lower = Buffer.from(bytes);
  for (let index = 0; index < lower.length; index += 1) {
    const byte = lower[index] ?? 0;
    if (byte >= UPPER_A && byte <= UPPER_Z) lower[index] = byte + TO_LOWER;
  }
  return lower;
}

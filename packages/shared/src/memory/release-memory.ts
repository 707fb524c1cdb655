/**
 * Gives the memory of a large buffer back at once; whatever looks into it is empty afterwards. To V8 such memory is outside of its heap, and each
 * 64 MiB of it cost a collection of the whole heap, which these then do not.
 *
 * @param bytes that are the caller's alone, and whose memory is no other's, unless they are small
 */
export const releaseMemory = ({ buffer }: Uint8Array<ArrayBuffer>): void => {
  // Small buffers share a pool.
  if (buffer.byteLength > Buffer.poolSize) buffer.transfer(0);
};

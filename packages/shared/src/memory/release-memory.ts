/**
 * Gives the memory of a buffer back at once; whatever looks into it is empty afterwards. To V8 such memory is outside of its heap, and each
 * 64 MiB of it cost a collection of the whole heap, which these then do not.
 *
 * @param bytes that are the caller's alone, as is all of their buffer; does nothing when it may be the pool that small buffers of Node's share
 */
export const releaseMemory = ({ buffer, byteLength }: Uint8Array<ArrayBuffer>): void => {
  const mayBePool = byteLength < buffer.byteLength && buffer.byteLength <= Buffer.poolSize;
  if (!mayBePool) buffer.transfer(0);
};

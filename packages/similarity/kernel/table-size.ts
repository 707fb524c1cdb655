/** Entries of a hash table for so many keys: a power of two, and never more than half of them taken. */
@inline
export function tableSize(keys: u32): u32 {
  let size: u32 = 8;
  while (size < keys << 1) size <<= 1;
  return size;
}

/** `{"index":12345678,"id":null,"score":0.000012345678901234567},` */
const ROW_BYTES_MAX = 64;
/** All but the rows. */
export const RESULT_FRAME_BYTES_MAX = 96;

/**
 * What a result may take at most, in bytes, known before anything is scored.
 *
 * @param rows how many candidates it may rank
 * @param idBytes of all ids, as the JSON strings that came: they go back no longer than that
 */
export const resultBytesMax = (rows: number, idBytes: number): number =>
  RESULT_FRAME_BYTES_MAX + rows * ROW_BYTES_MAX + idBytes;

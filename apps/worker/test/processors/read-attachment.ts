/** Says what came with the job. */
export default async ({
  attachment,
}: {
  attachment: { name: string; bytes: Uint8Array };
}): Promise<unknown> => ({
  name: attachment.name,
  sum: attachment.bytes.reduce((sum, byte) => sum + byte, 0),
});

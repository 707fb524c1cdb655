export default async (job: { data: { hang?: boolean } }): Promise<string> => {
  if (job.data.hang) for (;;);
  return "done";
};

setImmediate(() => process.exit(1));

export default async (): Promise<void> => undefined;

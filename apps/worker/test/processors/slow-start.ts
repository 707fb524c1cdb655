const untilMs = performance.now() + 1_500;
while (performance.now() < untilMs);

export default async (): Promise<void> => undefined;

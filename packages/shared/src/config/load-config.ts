import type { Variable } from "./variables.ts";

type CamelCase<Name extends string> = Name extends `${infer Head}_${infer Tail}`
  ? `${Lowercase<Head>}${Capitalize<CamelCase<Tail>>}`
  : Lowercase<Name>;

/** `QUEUE_DEPTH_MAX` of the environment is `queueDepthMax` in code. */
export type Config<Variables extends Record<string, Variable<unknown>>> = {
  [Name in keyof Variables & string as CamelCase<Name>]: Variables[Name] extends Variable<infer Value>
    ? Value
    : never;
};

/** The start of a process was asked for with values that it cannot run with. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

const camelCase = (name: string) =>
  name.toLowerCase().replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

/**
 * Reads a process's configuration from its environment. An empty value counts as absent.
 *
 * @throws {ConfigError} that names every wrong variable and what is wrong with it
 */
export const loadConfig = <Variables extends Record<string, Variable<unknown>>>(
  variables: Variables,
  env: Record<string, string | undefined>,
): Config<Variables> => {
  const problems: string[] = [];
  const config: Record<string, unknown> = {};
  for (const [name, variable] of Object.entries(variables)) {
    const parsed = variable.schema.safeParse(env[name] || variable.default);
    if (parsed.success) config[camelCase(name)] = parsed.data;
    else problems.push(`${name} ${parsed.error.issues.map((issue) => issue.message).join(" and ")}`);
  }
  if (problems.length > 0) throw new ConfigError(problems.join("; "));
  return config as Config<Variables>;
};

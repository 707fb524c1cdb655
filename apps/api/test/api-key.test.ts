import { describe, expect, test } from "vitest";
import { loadApiConfig } from "../src/config.ts";
import { createApiKey, findTenant, parseApiKeys } from "../src/tenants/api-key.ts";

describe("a list of keys", () => {
  test("holds entries apart by commas or lines, with comments", () => {
    const [a, b, c] = ["a", "b", "c"].map(createApiKey);
    const keys = parseApiKeys(`${a!.line}, ${b!.line} # two\n\n# ${b!.line}\r\n${c!.line}`);
    expect([a, b, c].map((made) => findTenant(keys, made!.key))).toEqual(["a", "b", "c"]);
    expect(findTenant(keys, "smb_unknown")).toBeNull();
  });

  test("in which two tenants have the same one is refused", () => {
    const { line } = createApiKey("a");
    expect(() => parseApiKeys(`${line},${line}`)).not.toThrow();
    expect(() => parseApiKeys(`${line}\n${line.replace("a:", "b:")}`)).toThrow("a and b have the same key");
  });

  test.each(["a", "a:b", "a b:0", `:${"0".repeat(64)}`, `a:${"0".repeat(64)}:x`])(
    "with %j is refused by its line, which is not told",
    (entry) => {
      expect(() => parseApiKeys(`# keys\n${entry}`)).toThrow("line 2 holds an entry");
      expect(() => loadApiConfig({ API_KEYS: entry })).toThrow(/^API_KEYS is wrong: line 1/);
    },
  );
});

import { expect, test } from "vitest";
import { ConfigError, loadConfig } from "../src/config/load-config.ts";
import { integer, oneOf, origins, url } from "../src/config/variables.ts";

const variables = {
  QUEUE_DEPTH_MAX: integer(1_000, { min: 1, max: 5_000 }, ""),
  REDIS_URL: url("redis://127.0.0.1:6379", ["redis:", "rediss:"], ""),
  LOG_LEVEL: oneOf(["info", "silent"], "info", ""),
};

test("absent and empty variables take their defaults", () => {
  expect(loadConfig(variables, { LOG_LEVEL: "" })).toEqual({
    queueDepthMax: 1_000,
    redisUrl: "redis://127.0.0.1:6379",
    logLevel: "info",
  });
});

test("values come back in their type", () => {
  expect(loadConfig(variables, { QUEUE_DEPTH_MAX: "7", LOG_LEVEL: "silent" })).toMatchObject({
    queueDepthMax: 7,
    logLevel: "silent",
  });
});

test("every wrong value is named, with what is allowed", () => {
  const load = () =>
    loadConfig(variables, { QUEUE_DEPTH_MAX: "0", REDIS_URL: "http://x", LOG_LEVEL: "loud" });
  expect(load).toThrow(ConfigError);
  expect(load).toThrow(
    "QUEUE_DEPTH_MAX is below 1; REDIS_URL is no URL that begins with redis:// or rediss://; LOG_LEVEL is none of info, silent",
  );
  for (const value of ["1.5", "-1", "1e3", "ten", " 1", "5001"]) {
    expect(() => loadConfig(variables, { QUEUE_DEPTH_MAX: value })).toThrow(ConfigError);
  }
});

test("origins are read as browsers send them, and anything else is refused", () => {
  const load = (text: string) =>
    loadConfig({ CORS_ORIGINS: origins("") }, { CORS_ORIGINS: text }).corsOrigins;
  expect(load("")).toEqual([]);
  expect(load("*")).toEqual(["*"]);
  expect(load("https://app.example.com, http://localhost:5173")).toEqual([
    "https://app.example.com",
    "http://localhost:5173",
  ]);
  for (const text of [
    "app.example.com",
    "https://app.example.com/",
    "https://app.example.com:443",
    "HTTPS://app.example.com",
    "https://*.example.com",
    "https://user@app.example.com",
    "ftp://app.example.com",
    "null",
    "*, https://app.example.com",
    "https://app.example.com,",
  ]) {
    expect(() => load(text), text).toThrow(
      "CORS_ORIGINS is neither * nor origins separated by commas, such as https://app.example.com",
    );
  }
});

import { Problem } from "../problems/problem.ts";

const JSON_TYPE = /^application\/json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;

/** @throws {Problem} `unsupported-media-type` unless the body is declared as plain JSON in UTF-8 */
export const requireJson = (request: Request): void => {
  const type = request.headers.get("content-type");
  if (!type || !JSON_TYPE.test(type)) {
    throw new Problem("unsupported-media-type", {
      detail: `${type ? `The content type is ${JSON.stringify(type)}` : "There is no Content-Type header"}; send application/json, in UTF-8.`,
      headers: { Accept: "application/json" },
    });
  }
  const encoding = request.headers.get("content-encoding");
  if (encoding && encoding.toLowerCase() !== "identity") {
    throw new Problem("unsupported-media-type", {
      detail: `The content encoding is ${JSON.stringify(encoding)}; send the body without one.`,
      headers: { "Accept-Encoding": "identity" },
    });
  }
};

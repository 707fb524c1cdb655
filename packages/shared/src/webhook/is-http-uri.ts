const UNRESERVED_OR_SUB_DELIMITER = "[A-Za-z0-9\\-._~!$&'()*+,;=]";
const ESCAPE = "%[0-9A-Fa-f]{2}";
const HOST = `(?:\\[[0-9A-Fa-f:.]+\\]|(?:${UNRESERVED_OR_SUB_DELIMITER}|${ESCAPE})+)`;
const PATH_CHARACTER = `(?:${UNRESERVED_OR_SUB_DELIMITER}|${ESCAPE}|[:@/])`;
const QUERY_CHARACTER = `(?:${PATH_CHARACTER}|\\?)`;

const HTTP_URI = new RegExp(
  `^https?://${HOST}(?::\\d*)?(?:/${PATH_CHARACTER}*)?(?:\\?${QUERY_CHARACTER}*)?(?:#${QUERY_CHARACTER}*)?$`,
  "i",
);

/** Whether this is an HTTP URI as RFC 3986, appendix A, writes it, without user information; `URL` takes nearly anything for one. */
export const isHttpUri = (text: string): boolean => HTTP_URI.test(text);

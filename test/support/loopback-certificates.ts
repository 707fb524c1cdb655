import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { generate } from "selfsigned";

export interface CertificateFiles {
  /** The authority's certificate, the server's or client's own, and its key; paths of PEM files. */
  ca: string;
  cert: string;
  key: string;
}

const OPTIONS = { keyType: "ec", algorithm: "sha256" } as const;

/** Makes an authority and a certificate of 127.0.0.1 that it has signed, as files in a folder. */
export const certifyLoopback = async (folder: string): Promise<CertificateFiles> => {
  const authority = await generate([{ name: "commonName", value: "an operator's own" }], {
    ...OPTIONS,
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const own = await generate([{ name: "commonName", value: "127.0.0.1" }], {
    ...OPTIONS,
    ca: { key: authority.private, cert: authority.cert },
    extensions: [{ name: "subjectAltName", altNames: [{ type: 7, ip: "127.0.0.1" }] }],
  });
  const files = {
    ca: join(folder, "ca.pem"),
    cert: join(folder, "cert.pem"),
    key: join(folder, "key.pem"),
  };
  await Promise.all([
    writeFile(files.ca, authority.cert),
    writeFile(files.cert, own.cert),
    writeFile(files.key, own.private),
  ]);
  return files;
};

import { execFile } from "node:child_process";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { KubernetesObject } from "./build-overlay.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** An error of the compiler in the file of one object: its index, its text. */
const ERROR = /^(\d+)\.ts\(\d+,\d+\): (.+)$/gm;

const PACKAGES: Record<string, string> = {
  "keda.sh": "@kubernetes-models/keda",
  "monitoring.coreos.com": "@kubernetes-models/prometheus-operator",
};

/** The module that was made of the kind's OpenAPI schema. */
const modelOf = ({ apiVersion, kind }: KubernetesObject): string => {
  const [group = ""] = apiVersion.split("/");
  return `${PACKAGES[group] ?? "kubernetes-models"}/${apiVersion}/${kind}`;
};

/** What the schema's validator finds: types, required fields, choices, formats. It lets pass what it does not know. */
const checkValues = async (object: KubernetesObject): Promise<string[]> => {
  const models = await import(modelOf(object));
  try {
    new models[object.kind](object).validate();
    return [];
  } catch (error) {
    return [(error as Error).message];
  }
};

const compile = (folder: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const tsc = join(ROOT, "node_modules/.bin/tsc");
    execFile(
      tsc,
      ["--pretty", "false"],
      { cwd: folder, maxBuffer: 2 ** 26, timeout: 60_000 },
      (error, stdout) => {
        // Errors that belong to none of the files mean that nothing was checked.
        if (error && (error.killed || !/^\d+\.ts/.test(stdout)))
          reject(new Error(stdout || error.message, { cause: error }));
        else resolve(stdout);
      },
    );
  });

/** What the compiler finds: written as literals, the objects may have no field that their types lack, however deep. */
const checkNames = async (objects: KubernetesObject[]): Promise<string[][]> => {
  const folder = await mkdtemp(join(tmpdir(), "semblance-kubernetes-"));
  try {
    await symlink(join(ROOT, "test/node_modules"), join(folder, "node_modules"));
    const compilerOptions = { noEmit: true, strict: true, module: "nodenext", skipLibCheck: true, types: [] };
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions }));
    await writeFile(join(folder, "package.json"), '{ "type": "module" }');
    for (const [index, object] of objects.entries()) {
      const type = `import("${modelOf(object)}").I${object.kind}`;
      await writeFile(join(folder, `${index}.ts`), `export const it: ${type} = ${JSON.stringify(object)};\n`);
    }
    const problems: string[][] = objects.map(() => []);
    for (const [, index, text] of (await compile(folder)).matchAll(ERROR))
      problems[Number(index)]!.push(text!);
    return problems;
  } finally {
    await rm(folder, { recursive: true });
  }
};

/** @returns for each object what is wrong with it by the schemas of Kubernetes, KEDA and the Prometheus Operator */
export const checkFields = async (objects: KubernetesObject[]): Promise<string[][]> => {
  const names = await checkNames(objects);
  const values = await Promise.all(objects.map(checkValues));
  return objects.map((_, index) => [...values[index]!, ...names[index]!]);
};

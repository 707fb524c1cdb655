import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseAllDocuments } from "yaml";

/** What every object of Kubernetes has; the rest is for `checkFields` to judge. */
export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string> };
}

/**
 * The objects that `kubectl apply -k` would send.
 *
 * @param folder below `infra/k8s`
 */
export const buildOverlay = (folder: string): KubernetesObject[] => {
  const path = fileURLToPath(new URL(`../../../infra/k8s/${folder}`, import.meta.url));
  // It says on stderr that `bases` is deprecated, which is known.
  const built = execFileSync("kubectl", ["kustomize", path], {
    encoding: "utf8",
    stdio: "pipe",
    timeout: 20_000,
  });
  return parseAllDocuments(built).map((document) => document.toJS() as KubernetesObject);
};

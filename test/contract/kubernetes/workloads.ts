import type { IDeployment } from "kubernetes-models/apps/v1/Deployment";
import type { IStatefulSet } from "kubernetes-models/apps/v1/StatefulSet";
import type { IConfigMap } from "kubernetes-models/v1/ConfigMap";
import type { IContainer } from "kubernetes-models/v1/Container";
import type { IPodSpec } from "kubernetes-models/v1/PodSpec";
import type { KubernetesObject } from "./build-overlay.ts";

/** What makes pods, and the pod that it makes. */
export interface Workload {
  name: string;
  labels: Record<string, string>;
  pod: IPodSpec;
  /** Each of ours has one. */
  container: IContainer;
}

export const ofKind = <Kind>(objects: KubernetesObject[], kind: string): Kind[] =>
  objects.filter((object) => object.kind === kind) as Kind[];

export const workloadsOf = (objects: KubernetesObject[]): Workload[] =>
  ["Deployment", "StatefulSet"]
    .flatMap((kind) => ofKind<IDeployment | IStatefulSet>(objects, kind))
    .map(({ metadata, spec }) => {
      const { template } = spec!;
      const pod = template.spec!;
      return {
        name: metadata!.name!,
        labels: template.metadata!.labels!,
        pod,
        container: pod.containers[0]!,
      };
    });

/** What a workload's container has in its environment by ConfigMaps; Secrets are made by hand. */
export const environmentOf = (
  objects: KubernetesObject[],
  { container }: Workload,
): Record<string, string> => {
  const names = (container.envFrom ?? []).map(({ configMapRef }) => configMapRef?.name);
  const maps = ofKind<IConfigMap>(objects, "ConfigMap").filter(({ metadata }) =>
    names.includes(metadata!.name!),
  );
  return Object.assign({}, ...maps.map(({ data }) => data));
};

/** Kinds as people type them: by name in any case, in the plural, and short as kubectl has them. */

/** Source: `kubectl api-resources`, and Argo CD's definitions. */
const SHORT: Readonly<Record<string, string>> = {
  cm: "ConfigMap",
  cj: "CronJob",
  crd: "CustomResourceDefinition",
  crds: "CustomResourceDefinition",
  csr: "CertificateSigningRequest",
  ds: "DaemonSet",
  deploy: "Deployment",
  ep: "Endpoints",
  ev: "Event",
  hpa: "HorizontalPodAutoscaler",
  ing: "Ingress",
  limits: "LimitRange",
  netpol: "NetworkPolicy",
  no: "Node",
  ns: "Namespace",
  pc: "PriorityClass",
  pdb: "PodDisruptionBudget",
  po: "Pod",
  pv: "PersistentVolume",
  pvc: "PersistentVolumeClaim",
  quota: "ResourceQuota",
  rc: "ReplicationController",
  rs: "ReplicaSet",
  sa: "ServiceAccount",
  sc: "StorageClass",
  sts: "StatefulSet",
  svc: "Service",
  app: "Application",
  apps: "Application",
  appproj: "AppProject",
  appprojs: "AppProject",
  appset: "ApplicationSet",
  appsets: "ApplicationSet",
};

/** A kind for a server that compares it as it is written; what nobody knows stays as it was typed. */
export function kindTyped(typed: string): string {
  const given = typed.toLowerCase();
  if (Object.hasOwn(SHORT, given)) return SHORT[given] as string;
  return Object.values(SHORT).find((kind) => pluralsOf(kind.toLowerCase()).includes(given)) ?? typed;
}

/** Whether somebody who typed this means that kind. */
export function isKind(typed: string, kind: string): boolean {
  const [given, has] = [kindTyped(typed).toLowerCase(), kind.toLowerCase()];
  return given === has || pluralsOf(has).includes(given);
}

function pluralsOf(kind: string): string[] {
  if (/[^aeiou]y$/.test(kind)) return [`${kind.slice(0, -1)}ies`];
  return /(s|x|z|ch|sh)$/.test(kind) ? [`${kind}es`] : [`${kind}s`];
}

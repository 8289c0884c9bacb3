/** Kubernetes' quantities as numbers: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ */

const UNITS: Readonly<Record<string, number>> = {
  ...{ n: 1e-9, u: 1e-6, m: 1e-3, "": 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60 },
};
const FORM = /^([+-]?(?:\d+(?:\.\d*)?|\.\d+))([KMGTPE]i|[numkMGTPE]|[eE][+-]?\d{1,2})?$/;

/** @returns `0.25` of `250m`, `1073741824` of `1Gi`; undefined where it is no quantity */
export function quantityOf(written: unknown): number | undefined {
  if (typeof written === "number") return Number.isFinite(written) ? written : undefined;
  const [, digits, unit = ""] = FORM.exec(typeof written === "string" ? written : "") ?? [];
  if (digits === undefined) return undefined;
  const times = UNITS[unit] ?? 10 ** Number(unit.slice(1));
  return Number(digits) * times;
}

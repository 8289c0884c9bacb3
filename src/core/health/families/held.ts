import { type KubeObject, parseApiVersion } from "../../model/kube-object.ts";
import { fieldsAt, textAt } from "../read.ts";
import { type HealthRule, suspended } from "../verdict.ts";

/** Fields by which a spec asks that nothing happens, and the values that ask it. */
const fields: readonly { path: readonly string[]; asks: RegExp }[] = [
  ...["paused", "pause", "suspend", "suspended", "halted", "hibernate", "stop", "stopped", "shutdown"].map(
    (name) => ({
      path: [name],
      asks: /^(true|yes)$/i,
    }),
  ),
  // Workloads: the rollout alone.
  { path: ["strategy", "paused"], asks: /^true$/i },
  { path: ["updateStrategy", "paused"], asks: /^true$/i },
  { path: ["updateStrategy", "rollingUpdate", "paused"], asks: /^true$/i },
  { path: ["reconciliation", "paused"], asks: /^true$/i },
  { path: ["hibernation", "enabled"], asks: /^true$/i },
  // Hive and HyperShift; the latter also takes a moment, after which it goes on by itself.
  { path: ["powerState"], asks: /^(hibernating|stopped|off)$/i },
  { path: ["pausedUntil"], asks: /^true$/i },
  // OpenShift's operators.
  { path: ["managementState"], asks: /^unmanaged$/i },
];

/** What the part of a mark's name behind the slash asks for, unless its value says no; and what it switches off. */
const pauses =
  /^(paused?|suspended?|stop(ped)?|(pause|skip|disable)-?reconcil(e|iation)|reconcil(e|iation)-?paused?|hibernat(e|ion|ed))$/i;
const switches = /^(reconcil(e|iation)(-?loop)?|managed)$/i;
/** Most marks of most objects are neither. */
const worthALook = /pause|suspend|stop|reconcil|hibernat|managed/i;
const no = /^(false|no|off|disabled|0)$/i;

/** The last two parts of a domain: `cnpg.io` of `postgresql.cnpg.io`. */
const owner = (domain: string): string => domain.split(".").slice(-2).join(".");

/** Whoever brings an object into the cluster leaves it alone by such a mark; its own controller does not, be it Flux's. */
const deliverers = /(^|\.)toolkit\.fluxcd\.io$|^argocd\.argoproj\.io$/;

/** An annotation or label of the kind's own controller, by the domain; Crossplane's is for kinds of any group. */
function holdingMark({ apiVersion, metadata: { annotations, labels } }: KubeObject): string | undefined {
  const ours = owner(parseApiVersion(apiVersion).group);
  for (const [list, marks] of [
    ["annotation", annotations],
    ["label", labels],
  ] as const) {
    for (const [name, value] of Object.entries(marks ?? {})) {
      if (!worthALook.test(name)) continue;
      const [domain = "", part = ""] = name.split("/");
      if (part === "" || deliverers.test(domain)) continue;
      if (owner(domain) !== ours && domain !== "crossplane.io") continue;
      if (pauses.test(part) ? !no.test(value) : switches.test(part) && no.test(value))
        return `${list} ${name} is ${value || "set"}`;
    }
  }
  return undefined;
}

/**
 * Somebody asked that nothing happens. What the status says is from before, and a controller that is paused sees no
 * newer generation either.
 */
export const heldHealth: HealthRule = (object) => {
  const spec = fieldsAt(object, "spec");
  for (const { path, asks } of spec === undefined ? [] : fields) {
    const value = textAt(spec, ...path);
    if (value !== "" && asks.test(value))
      return suspended(`spec.${path.join(".")} is ${value}`, `Held by spec.${path.join(".")}`);
  }
  const mark = holdingMark(object);
  return mark === undefined ? undefined : suspended(mark, `Held: ${mark}`);
};

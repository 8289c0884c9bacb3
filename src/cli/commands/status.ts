import { type Problem, showProblem } from "../../core/model/problem.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { printJsonList } from "../print-object.ts";
import { waits } from "../sets/set-words.ts";
import { plainText } from "../terminal/plain-text.ts";
import { painted, type Terminal } from "../terminal/terminal.ts";
import { count } from "../words/count.ts";

interface DaemonStatus {
  version: string;
  commit: string;
  ready: boolean;
  /** `stopped`: it writes to no cluster, and a problem says why; `paused`: somebody wants it so. */
  state: "ready" | "starting" | "stopped" | "paused";
  /** Absent where it speaks no TLS. */
  certificate?: { fingerprint: string; notAfter: string };
  applications: { total: number; sync: Record<string, number>; health: Record<string, number> };
  /** Absent: there are none here. `waiting`: applications whose deletion waits for a person. */
  applicationSets?: { total: number; waiting: string[]; wrong: { name: string; message: string }[] };
  clusters: { name: string; kubeVersion?: string; connection: { is: string; why?: string } }[];
  /** Who has it hold still, and how that ends; not among the problems. */
  pauses: { text: string }[];
  problems: Problem[];
}

const STATES: Record<DaemonStatus["state"], string> = {
  ready: "ready",
  starting: "looking at its applications for the first time",
  stopped: "it writes to no cluster",
  paused: "paused, it writes to no cluster",
};

/** How the daemon itself is. */
export async function status(context: CliContext, { output }: { output?: "json" }): Promise<ExitCode> {
  const client = await context.client();
  const facts = await client.get<DaemonStatus>("/api/holdfast/v1/status");
  if (output === "json") {
    printJsonList(context, "DaemonStatus", { ...facts });
    return EXIT.done;
  }
  const { out } = context;
  const counts = (words: Record<string, number>): string =>
    Object.entries(words)
      .map(([word, many]) => `${many} ${word}`)
      .join(", ");
  context.print([
    `Holdfast ${facts.version}${facts.commit === "" ? "" : ` (${facts.commit})`} at ${client.url}: ${STATES[facts.state]}`,
    ...(facts.certificate === undefined
      ? []
      : [`certificate ${facts.certificate.fingerprint}, until ${facts.certificate.notAfter}`]),
    `${count(facts.applications.total, "application")}: ${[counts(facts.applications.sync), counts(facts.applications.health)].filter((part) => part !== "").join("; ") || "none yet"}`,
    ...(facts.applicationSets === undefined ? [] : setLines(context.out, facts.applicationSets)),
    ...facts.clusters.map(
      ({ name, kubeVersion = "", connection }) =>
        `cluster ${name}: ${connection.is}${kubeVersion === "" ? "" : ` ${kubeVersion}`}${connection.why === undefined ? "" : `: ${plainText(connection.why)}`}`,
    ),
    ...facts.pauses.map(
      ({ text }) => `${painted(out, { tone: "behind", text: out.symbols.warning })} ${plainText(text)}`,
    ),
    ...facts.problems.map(
      (problem) =>
        `${painted(out, { tone: problem.severity === "error" ? "bad" : "behind", text: problem.severity === "error" ? out.symbols.failed : out.symbols.warning })} ${plainText(showProblem(problem))}`,
    ),
  ]);
  return EXIT.done;
}

function setLines(
  out: Terminal,
  { total, waiting, wrong }: NonNullable<DaemonStatus["applicationSets"]>,
): string[] {
  if (total === 0) return [];
  const parts = [
    ...(wrong.length === 0 ? [] : [`${wrong.length} with errors`]),
    ...(waiting.length === 0 ? [] : [`${waits(waiting)} (holdfast appset list names the sets)`]),
  ];
  return [
    `${count(total, "ApplicationSet")}${parts.length === 0 ? "" : `: ${parts.join(", ")}`}`,
    ...wrong.map(
      ({ name, message }) =>
        `${painted(out, { tone: "bad", text: out.symbols.failed })} ApplicationSet ${plainText(name)}: ${plainText(message)}`,
    ),
  ];
}

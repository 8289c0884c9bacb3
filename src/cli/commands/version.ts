import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { BuildFacts } from "../offline-verbs.ts";

/** What this file is. Nothing is asked over the network: `status` tells of the daemon. */
export function version(
  { host }: CliContext,
  { output, short }: { output?: "json"; short?: true },
): ExitCode {
  const facts = host.verbs.version();
  host.stdout.write(
    `${output === "json" ? JSON.stringify(facts, undefined, 2) : short === true ? facts.version : words(facts)}\n`,
  );
  return EXIT.done;
}

function words({ version, commit, buildDate, bun, platform, helm, kustomize }: BuildFacts): string {
  const build = [commit, buildDate].filter((part) => part !== "").join(", ");
  const parts = [
    `holdfast ${version}${build === "" ? "" : ` (${build})`}`,
    `bun ${bun}`,
    platform,
    helm === "" ? "" : `helm ${helm}`,
    kustomize === "" ? "" : `kustomize ${kustomize}`,
  ];
  return parts.filter((part) => part !== "").join("\n");
}

import type { Command } from "commander";
import { commandOf } from "./usage-error.ts";

/**
 * Ways of writing flags that Go programs take and commander does not: `-o=json`, `--prune=true`, `--cascade=false`.
 * What stands behind `--` is left alone.
 */
export function normalizeArgv(argv: readonly string[], program: Command): string[] {
  const flags = switches(program);
  const end = argv.indexOf("--");
  const [own, rest] = end < 0 ? [argv, []] : [argv.slice(0, end), argv.slice(end)];
  const [first = "", second = ""] = own.filter((word) => !word.startsWith("-"));
  // argocd's short flag of these two; everywhere else it is the daemon's address.
  const isSource = /^proj(?:ect)?$/.test(first) && /^(?:create|set)$/.test(second);
  // These ask a cluster too, and its context was called so first.
  const [, verb = "", below = ""] = commandOf(own, program).path;
  const asksCluster = verb === "adopt" || (verb === "cluster" && below === "rm");
  const verbAt = own.indexOf(verb);
  const normal = own.flatMap((word, at) => {
    const [, behind] = asksCluster && at > verbAt ? (/^--context(=.*|)$/s.exec(word) ?? []) : [];
    if (behind !== undefined) return [`--kube-context${behind}`];
    if (isSource && word === "-s") return ["--src"];
    // argocd's word for a tree with what there is to say of each object, which ours always says.
    if (/^(--output=|-o=?)?tree=detailed$/.test(word))
      return [...(word.startsWith("-") ? ["-o"] : []), "tree"];
    const short = /^(-[A-Za-z])=(.*)$/s.exec(word);
    if (short !== null) return [short[1] ?? "", short[2] ?? ""];
    const [, name, value] = /^--([a-z][a-zA-Z-]*)=(true|false)$/.exec(word) ?? [];
    if (name === undefined || !(flags.has(`--${name}`) || flags.has(`--no-${name}`))) return [word];
    // Where nothing turns a flag off, it is off.
    if (value === "false") return flags.has(`--no-${name}`) ? [`--no-${name}`] : [];
    return flags.has(`--${name}`) ? [`--${name}`] : [];
  });
  return [...normal, ...rest];
}

/** Long names of every flag, of any command, that takes no value. */
function switches(command: Command): Set<string> {
  const own = command.options
    .filter(({ required, optional }) => !required && !optional)
    .map(({ long }) => long ?? "");
  return new Set([...own, ...command.commands.flatMap((below) => [...switches(below)])]);
}

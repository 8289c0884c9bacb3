import { type Command, InvalidArgumentError, Option } from "commander";
import { shellWords } from "../../../lib/shell-words.ts";
import { fingerprintFlag } from "../../parse-flags.ts";

/** Flags that every command of argocd takes, as far as they say something here. */
export interface ArgoFlags {
  server?: string;
  authToken?: string;
  argocdContext?: string;
  config?: string;
  insecure?: true;
  plaintext?: true;
  /** PEM of authorities, in place of the machine's. */
  serverCrt?: string;
  /** Of the server's certificate or key. */
  fingerprint?: string;
  grpcWebRootPath?: string;
  header?: string[];
  logformat?: "text" | "json";
}

/** They say how an Argo CD is reached by gRPC, or how its program logs: here there is nothing to choose. */
const IGNORED: readonly string[] = [
  "--grpc-web",
  "--http-retry-max <count>",
  "--loglevel <level>",
  "--prompts-enabled",
  "--controller-name <name>",
  "--redis-name <name>",
  "--redis-haproxy-name <name>",
  "--redis-compress <how>",
  "--repo-server-name <name>",
  "--server-name <name>",
];

/** @param program every flag stands before or behind the command, as there */
export function defineGlobalFlags(program: Command): void {
  program
    .option("--server <address>", "the server (ARGOCD_SERVER)")
    .option("--auth-token <token>", "in place of a login (ARGOCD_AUTH_TOKEN)")
    .option("--argocd-context <name>", "one of the contexts of the config file")
    .option("--config <file>", "default: ~/.config/argocd/config")
    .option("--insecure", "take any TLS certificate")
    .option("--plaintext", "plain HTTP")
    .option("--server-crt <file>", "PEM of the authority of the server's certificate, or of itself")
    .option("--fingerprint <SHA256:…>", "of the server's certificate or its key", fingerprintFlag)
    .option("--grpc-web-root-path <path>", "where the server stands below its address")
    .option("-H, --header <header>", "name: value, sent with every request; may be repeated", headerFlag)
    .addOption(new Option("--logformat <format>", "of errors").choices(["text", "json"]));
  for (const flag of IGNORED) program.addOption(new Option(flag).hideHelp());
}

function headerFlag(text: string, before: string[] | undefined): string[] {
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+\s*:/.test(text)) throw new InvalidArgumentError("Write name: value.");
  return [...(before ?? []), text];
}

const TAKES_VALUE: ReadonlySet<string> = new Set([
  "--server",
  "--auth-token",
  "--argocd-context",
  "--config",
  "--server-crt",
  "--fingerprint",
  "--grpc-web-root-path",
  "--header",
  "-H",
  "--logformat",
]);
const SWITCHES: ReadonlySet<string> = new Set(["--insecure", "--plaintext", "--core", "--port-forward"]);

/**
 * The flags of ARGOCD_OPTS that count for every command, in front of those of the command line, which win. As there,
 * others in it do nothing.
 */
export function withOpts(argv: readonly string[], opts: string | undefined): string[] {
  const words = shellWords(opts ?? "");
  const taken: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    const name = word.split("=", 1)[0] ?? "";
    if (SWITCHES.has(name)) taken.push(word);
    else if (TAKES_VALUE.has(name)) {
      taken.push(word);
      const next = words[at + 1];
      if (!word.includes("=") && next !== undefined) {
        taken.push(next);
        at++;
      }
    }
  }
  return [...taken, ...argv];
}

import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { printYamlDocuments } from "../print-object.ts";

/** Documents for `kubectl apply`, the same that config/definitions.yaml holds. */
export function adminDefinitions(context: CliContext): ExitCode {
  printYamlDocuments(context, context.host.verbs.definitions());
  return EXIT.done;
}

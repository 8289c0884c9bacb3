import type { FailureCode } from "../core/model/failure.ts";

/** What a script may rely on, from the first version on. Source: ui-and-cli 4.4. */
export const EXIT = {
  done: 0,
  differs: 1,
  usage: 2,
  notFound: 3,
  denied: 4,
  unreachable: 5,
  timedOut: 6,
  conflict: 7,
  invalid: 8,
  internal: 10,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The same whether it was thrown here or told by the API. */
export const EXIT_OF_FAILURE: Readonly<Record<FailureCode, ExitCode>> = {
  config: EXIT.usage,
  render: EXIT.invalid,
  "render-timeout": EXIT.invalid,
  manifest: EXIT.invalid,
  "invalid-spec": EXIT.invalid,
  "git-revision": EXIT.invalid,
  "git-path": EXIT.invalid,
  "artifact-version": EXIT.invalid,
  "artifact-refused": EXIT.invalid,
  "path-outside-source": EXIT.invalid,
  "tool-missing": EXIT.invalid,
  "kind-unknown": EXIT.invalid,
  refused: EXIT.invalid,
  "git-unreachable": EXIT.unreachable,
  "artifact-unreachable": EXIT.unreachable,
  "provider-unreachable": EXIT.unreachable,
  "cluster-unreachable": EXIT.unreachable,
  "not-ready": EXIT.unreachable,
  "git-auth": EXIT.denied,
  "artifact-auth": EXIT.denied,
  "provider-auth": EXIT.denied,
  "sign-on": EXIT.denied,
  "cluster-auth": EXIT.denied,
  forbidden: EXIT.denied,
  conflict: EXIT.conflict,
  paused: EXIT.conflict,
  "window-closed": EXIT.conflict,
  "not-found": EXIT.notFound,
  store: EXIT.internal,
  exec: EXIT.internal,
  internal: EXIT.internal,
};

export const EXIT_MEANINGS: readonly (readonly [ExitCode, string])[] = [
  [EXIT.done, "done; of diff, blast, adopt and appset preview: no differences"],
  [
    EXIT.differs,
    "diff, blast, adopt, appset preview: there are differences; sync, wait: ended not healthy, failed, or left what a guard keeps from being pruned; doctor: a check failed; activity verify: something is broken",
  ],
  [
    EXIT.usage,
    "wrong usage, a wrong config, or a question that nobody can answer (no terminal, or --no-input)",
  ],
  [EXIT.notFound, "not found, or not yours to know"],
  [
    EXIT.denied,
    "not logged in, or forbidden; repo, repocreds: or the repository refuses the credentials, or wants some",
  ],
  [EXIT.unreachable, "server, cluster or repository unreachable, or a TLS error"],
  [
    EXIT.timedOut,
    "timed out while waiting, and the last state is printed; or --timeout was over before an answer came",
  ],
  [
    EXIT.conflict,
    "conflict: another operation is in progress, or an automated sync would undo it; blast: a guard would hold deletions until a person approves",
  ],
  [
    EXIT.invalid,
    "rendering, generating or validation failed, or an action makes no sense there; blast: a sync would be refused",
  ],
  [EXIT.internal, "internal error"],
  [EXIT.interrupted, "Ctrl-C"],
];

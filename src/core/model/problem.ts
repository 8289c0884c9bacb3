/** A finding in what a user wrote. Problems are returned, all of them at once; failures are thrown. */
export interface Problem {
  severity: "error" | "warning";
  /** As the user would name it: relative to the repository or to the config file. */
  file?: string;
  /** 1-based. */
  line?: number;
  /** Path of the field, `spec.source.helm.valueFiles[0]`. */
  path?: string;
  /** The object the finding is about, as `show(ref)` prints it. */
  object?: string;
  /** What is wrong, one sentence without a full stop at its end. */
  text: string;
  /** What to do about it. */
  fix?: string;
}

export type Parsed<T> =
  | { ok: true; value: T; warnings: Problem[] }
  | { ok: false; problems: [Problem, ...Problem[]] };

/** `file:line: object: path: text. fix` with the parts that are known. */
export function showProblem(problem: Problem): string {
  const place =
    problem.file === undefined
      ? ""
      : problem.line === undefined
        ? `${problem.file}: `
        : `${problem.file}:${problem.line}: `;
  const object = problem.object === undefined ? "" : `${problem.object}: `;
  const path = problem.path === undefined ? "" : `${problem.path}: `;
  return `${place}${object}${path}${problem.text}${problem.fix === undefined ? "" : `. ${problem.fix}`}`;
}

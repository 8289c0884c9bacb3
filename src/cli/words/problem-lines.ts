import { type Problem, showProblem } from "../../core/model/problem.ts";
import { plainText } from "../terminal/plain-text.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** One line a problem: `✗ file:line: path: text. fix`. */
export function problemLines({ symbols, paint }: Terminal, problems: readonly Problem[]): string[] {
  return problems.map((problem) => {
    const isError = problem.severity === "error";
    return `${paint(isError ? "bad" : "behind", isError ? symbols.failed : symbols.warning)} ${plainText(showProblem(problem))}`;
  });
}

import { SQLiteError } from "bun:sqlite";
import { Failure } from "../core/model/failure.ts";

/** Any error of the database or its folder as a sentence with a fix; a Failure, or an error that is not theirs, passes as it is. */
export function storeFailure(cause: unknown, file: string, cannot: string): unknown {
  const code = codeOf(cause);
  if (cause instanceof Failure || code === undefined || !(cause instanceof Error)) return cause;
  const { why, fix, retry } = explain(code, cause.message);
  return new Failure("store", file, retry, { cannot, why, fix, cause });
}

export function damaged(file: string, finding: string): Failure {
  const { why, fix, retry } = explain("SQLITE_CORRUPT", finding);
  return new Failure("store", file, retry, { cannot: "open the store", why, fix });
}

/** SQLite's code, or the system's (`EACCES`); undefined where the error is neither. */
function codeOf(cause: unknown): string | undefined {
  if (cause instanceof SQLiteError) return cause.code ?? "SQLITE_ERROR";
  return cause instanceof Error && "syscall" in cause && "code" in cause ? String(cause.code) : undefined;
}

function explain(
  code: string,
  message: string,
): { why: string; fix: string; retry: "backoff" | "after-edit" } {
  if (code.startsWith("SQLITE_FULL") || code === "ENOSPC") {
    return {
      why: "the disk is full",
      fix: "Free space there; nothing of this change was kept",
      retry: "backoff",
    };
  }
  if (code.startsWith("SQLITE_NOTADB") || code.startsWith("SQLITE_CORRUPT")) {
    return {
      why: `the file is damaged (${message})`,
      fix: "Restore it from a copy; or move it away: Git and the clusters rebuild everything but history, audit and applications made through the API",
      retry: "after-edit",
    };
  }
  if (/^SQLITE_(READONLY|CANTOPEN|PERM)|^E(ACCES|PERM|ROFS|NOTDIR|EXIST)$/.test(code)) {
    return {
      why: `it cannot be written (${message})`,
      fix: "Check the owner and the mode of the data folder",
      retry: "after-edit",
    };
  }
  return { why: message, fix: "Check the disk and the data folder", retry: "backoff" };
}

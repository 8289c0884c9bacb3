import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { Failure } from "../../../src/core/model/failure.ts";
import { OddTar, readTar } from "../../../src/lib/tar.ts";

/** Of one packed chart, unpacked; DS-3. */
export const MAX_UNPACKED_BYTES = 100 * 1024 * 1024;

const gunzipAside = promisify(gunzip);

export interface PackedFile {
  /** Every name that a reader may give it: its header's, and those of long forms before it. */
  names: readonly string[];
  content: Uint8Array;
}

/**
 * While others have their turn.
 * @param mostBytes 1 or more; of more than one package may have, that
 * @throws {Failure} render for a package that is damaged or too large
 */
export async function unpackedAside(
  path: string,
  content: Uint8Array,
  mostBytes: number,
): Promise<Uint8Array> {
  const most = Math.min(mostBytes, MAX_UNPACKED_BYTES);
  try {
    return await gunzipAside(content, { maxOutputLength: most });
  } catch (cause) {
    throw cannotUnpack(path, most, cause);
  }
}

function cannotUnpack(path: string, most: number, cause: unknown): Failure {
  const tooLarge =
    cause instanceof RangeError ||
    (cause instanceof Error && "code" in cause && cause.code === "ERR_BUFFER_TOO_LARGE");
  return cannotRender(
    path,
    tooLarge ? `the packed chart unpacks to more than ${most >> 20} MiB` : "the packed chart is damaged",
    "Pack it with helm package",
    cause,
  );
}

/**
 * The files of an unpacked archive. Takes only plain forms of tar, about which all readers agree.
 * @throws {Failure} render for any other form
 */
export function filesOf(path: string, archive: Uint8Array): PackedFile[] {
  try {
    return readTar(archive).flatMap((entry) => (entry.is === "file" ? [entry] : []));
  } catch (cause) {
    if (!(cause instanceof OddTar)) throw cause;
    throw cannotRender(
      path,
      `the packed chart ${cause.message}`,
      "Pack it with helm package, or unpack it into the charts folder",
      cause,
    );
  }
}

function cannotRender(path: string, why: string, fix: string, cause?: unknown): Failure {
  return new Failure("render", path, "after-edit", { cannot: "render", why, fix, cause });
}

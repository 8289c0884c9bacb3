import { join } from "node:path";
import type { CertificateFacts, Trouble } from "../../api/context.ts";
import type { Config } from "../../config/config.ts";
import { readRegularFile } from "../../config/read-regular-file.ts";
import { watchFiles } from "../../config/watch-files.ts";
import { Failure } from "../../core/model/failure.ts";
import type { Problem } from "../../core/model/problem.ts";
import type { Log } from "../../core/ports/log.ts";
import { messageOf } from "../../lib/caught.ts";
import { defined } from "../../lib/defined.ts";
import { timestamp } from "../../lib/timestamp.ts";
import { ownPair } from "./own-pair.ts";
import { type Pair, pairOf } from "./pair.ts";

/** Below the data folder. */
const FOLDER = "tls";
const LOOK_AGAIN_MS = 3_600_000;
/** Whoever renews does so well before: certificates of 90 days 30 days before their end. */
const NEARLY_OVER_MS = 14 * 86_400_000;
const NEARLY_OVER_SHARE = 0.2;

type Source = Exclude<Config["server"]["tls"]["certificate"], { by: "nothing" }>;

export interface ServerCertificateOptions {
  source: Source;
  /** Of the daemon. */
  dataFolder: string;
  /** DNS names and addresses that one of our own making is for. */
  names: readonly string[];
  log: Log;
  now(): number;
  /** Another certificate is to be shown from now on. */
  onChange(): void;
}

/** The certificate that the API shows: followed while it runs, and never given up for one that does not work. */
export class ServerCertificate {
  #pair: Pair;
  #problem: Problem | undefined;
  readonly #running = new AbortController();

  /** @throws {Failure} config where there is none that can be shown */
  constructor(private readonly options: ServerCertificateOptions) {
    const read = this.#read();
    if (read.is === "wrong") throw failureOf(read.problem);
    this.#pair = read.pair;
    const { source } = options;
    const look = (): void => this.look();
    if (source.by === "files") watchFiles([source.certFile, source.keyFile], look, this.#running.signal);
    const timer = setInterval(look, LOOK_AGAIN_MS);
    timer.unref();
    this.#running.signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  }

  /** PEM texts. */
  get pem(): { cert: string; key: string } {
    return { cert: this.#pair.cert, key: this.#pair.key };
  }

  get facts(): CertificateFacts {
    const { fingerprints, names, fromMs, untilMs } = this.#pair;
    return {
      by: this.options.source.by,
      fingerprint: fingerprints.certificate,
      keyFingerprint: fingerprints.key,
      names,
      notBefore: timestamp(fromMs),
      notAfter: timestamp(untilMs),
    };
  }

  troubles(): Trouble[] {
    const problems = [this.#problem, this.#timely()].filter((problem) => problem !== undefined);
    return problems.map((problem) => ({ what: "certificate", stops: "nothing", problem }));
  }

  /** Reads it again, or makes a new one where it is time. */
  look(): void {
    const read = this.#read();
    const { log, now } = this.options;
    if (read.is === "wrong") return this.#keep(read.problem);
    const { pair } = read;
    if (pair.untilMs < now() && this.#pair.untilMs >= now())
      return this.#keep(problemIn(this.options.source, `ended on ${timestamp(pair.untilMs)}`));
    this.#problem = undefined;
    if (pair.cert === this.#pair.cert && pair.key === this.#pair.key) return;
    this.#pair = pair;
    log.info("another certificate is shown", { certificate: this.facts });
    this.options.onChange();
  }

  stop(): void {
    this.#running.abort();
  }

  #keep(problem: Problem): void {
    if (problem.text === this.#problem?.text) return;
    this.#problem = { ...problem, text: `${problem.text}; the certificate before it is shown` };
    const { file, text } = this.#problem;
    this.options.log.error("the certificate was not taken", { file, why: text });
  }

  #timely(): Problem | undefined {
    const { fromMs, untilMs } = this.#pair;
    const now = this.options.now();
    const say = (severity: Problem["severity"], text: string): Problem => ({
      ...problemIn(this.options.source, text),
      severity,
    });
    if (now > untilMs) return say("error", `ended on ${timestamp(untilMs)}: clients refuse it`);
    if (now < fromMs) return say("error", `begins on ${timestamp(fromMs)} only: clients refuse it`);
    const soonMs = Math.min(NEARLY_OVER_MS, (untilMs - fromMs) * NEARLY_OVER_SHARE);
    return untilMs - now < soonMs ? say("warning", `ends on ${timestamp(untilMs)}`) : undefined;
  }

  #read(): { is: "pair"; pair: Pair } | { is: "wrong"; problem: Problem } {
    const { source, dataFolder, names, now } = this.options;
    if (source.by === "self-signed") {
      try {
        return { is: "pair", pair: ownPair(join(dataFolder, FOLDER), names, now()) };
      } catch (cause) {
        return { is: "wrong", problem: problemIn(source, `cannot be kept: ${messageOf(cause)}`) };
      }
    }
    const [cert, key] = [readRegularFile(source.certFile), readRegularFile(source.keyFile)];
    if (cert.is === "unreadable")
      return { is: "wrong", problem: problemIn(source, `cannot be read: ${cert.why}`) };
    if (key.is === "unreadable")
      return { is: "wrong", problem: problemIn(source, `cannot be read: ${key.why}`, "key") };
    const decoder = new TextDecoder();
    const read = pairOf(decoder.decode(cert.bytes), decoder.decode(key.bytes));
    if (read.is === "pair") return read;
    // Of both: which of them is the old one, nobody knows.
    return { is: "wrong", problem: problemIn(source, `with ${source.keyFile}: ${read.why}`) };
  }
}

function problemIn(source: Source, text: string, of: "certificate" | "key" = "certificate"): Problem {
  if (source.by === "self-signed")
    return {
      severity: "error",
      path: "server.tls.selfSigned",
      text: `the certificate of our own making ${text}`,
      fix: "Let the daemon write into its data folder",
    };
  return {
    severity: "error",
    file: of === "key" ? source.keyFile : source.certFile,
    text: `the ${of} ${text}`,
    fix: "Write the certificate and the key that belong together into server.tls.certFile and keyFile",
  };
}

function failureOf({ file, path, text, fix }: Problem): Failure {
  return new Failure("config", file ?? path ?? "server.tls", "after-edit", {
    cannot: "speak TLS",
    why: text,
    ...defined({ fix }),
  });
}

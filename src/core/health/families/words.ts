/**
 * The words that controllers use for states, across kinds: `status.phase`, `status.state`, reasons of conditions.
 * Only words that mean the same wherever they stand are here; a kind that uses one otherwise says so in its table.
 */
import type { HealthStatus } from "../../model/health.ts";

const sets: readonly (readonly [HealthStatus, string])[] = [
  [
    "Healthy",
    `
    ready running active available healthy succeeded success successful successfully complete completed done finished bound
    established installed deployed applied green online up enabled exists accepted valid synced insync uptodate reconciled
    connected provisioned operational compliant initialized ok normal serving programmed admitted passed published ended
    reconcilesuccess reconciliationsuccess reconciliationsucceeded updated stable propagated subscribed realized allocated
    reserved`,
  ],
  [
    "Progressing",
    `
    new pending waiting queued notready notreadyyet notbound notstarted inprogress init initial requested submitted started scheduled
    yellow unavailable retry progressingwithretry unset none placeholder planning todo starting installready
    reconcileongoing containercreating podinitializing bootstrap resourcescreated requestready onlinepartial`,
  ],
  [
    "Degraded",
    `
    failed failure error errored errors errorpresent degraded red lost invalid rejected unhealthy noncompliant crashed aborted canceled cancelled
    fatal evicted expired stalled conflict conflicted conflicting denied unschedulable timeout timedout unrecoverable broken
    crashloopbackoff imagepullbackoff insufficient critical faulted
    abnormal offline noquorum splitbrain`,
  ],
  [
    "Suspended",
    "paused suspended stopped hibernated halted disabled onhold dormant cordoned reconcilepaused",
  ],
  ["Missing", "notfound missing"],
  ["Unknown", "unknown inconclusive indeterminate"],
];

const exact: ReadonlyMap<string, HealthStatus> = new Map(
  sets.flatMap(([status, words]) =>
    words
      .trim()
      .split(/\s+/)
      .map((word) => [word, status] as const),
  ),
);

const degradedEnd =
  /(failed|failure|failures|errors?|invalid|unhealthy|backoff|timeout|timedout|denied|rejected|conflict|exceeded|notfound|notpermitted|notallowed|unreachable|unauthorized|forbidden|stalled|mismatch|failing|crashing|looping|missing)$/;
const degradedStart = /^(failed|missing|error|invalid|unhealthy|cannot|unable|unsupported|duplicate|illegal)/;
const suspendedEnd = /(paused|suspended|hibernated)$/;
const progressingStart =
  /^(notall.*ready|no.*available|waiting|pending|creating|updating|provisioning|installing|upgrading|initiali[sz]ing|notyet|awaiting)/;
const progressingEnd =
  /(pending|inprogress|ongoing|progressing|notready|waiting|notyet|notup|notprovisioned|notcreated|notinstalled|notdeployed|notinitiali[sz]ed|notfinished|notcompleted?|insufficient|notavailable|unavailable|recreating|deploying)$/;
const healthyEnd = /(succeeded|successful|successfully|success|completed|uptodate|isready)$/;

/** In characters. Whoever writes a status writes what they like: longer ones cost more than they say. */
const longestWord = 300;

/** What one word says, undefined where it says nothing that holds for every kind. Case, dashes and blanks do not matter. */
export function meaning(word: string): HealthStatus | undefined {
  if (word.length > longestWord) return undefined;
  const plain = word.toLowerCase().replace(/[^a-z0-9]/g, "");
  if (plain === "") return undefined;
  const known = exact.get(plain);
  if (known !== undefined) return known;
  if (degradedEnd.test(plain) || degradedStart.test(plain)) return "Degraded";
  if (suspendedEnd.test(plain)) return "Suspended";
  if (progressingStart.test(plain) || progressingEnd.test(plain)) return "Progressing";
  if (healthyEnd.test(plain)) return "Healthy";
  // `Creating`, `ApplyingChanges`, `TransferRunning`, `Rolling out pods`: an activity, named by its first or last word.
  const [first = ""] = word.trim().split(/\s+|(?<=[a-z])(?=[A-Z])/);
  return [first, plain].some(
    (name) => /[a-z]{3,}ing$/i.test(name) && !/(warning|serving|listening)$/i.test(name),
  )
    ? "Progressing"
    : undefined;
}

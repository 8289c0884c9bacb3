/** What a hash costs to check, read from its own text, before anybody spends that. */

export type HashShape =
  /** Two hashes of one shape take the same time. */
  { is: "argon2id" | "bcrypt"; shape: string } | { is: "unusable"; why: string };

/** What we make: RFC 9106's second choice in memory, about a quarter of a second of one core. */
export const ARGON2: { memoryKiB: number; rounds: number } = { memoryKiB: 65_536, rounds: 3 };

/** A hash from outside that costs more than this to check would be a way to stop the daemon. */
const MOST = { bcryptCost: 14, memoryKiB: 262_144, rounds: 10, lanes: 8 };

/** Go's, Apache's and PHP's prefixes are one algorithm. */
const BCRYPT = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/;
const ARGON2ID =
  /^\$argon2id\$v=19\$m=(\d{1,9}),t=(\d{1,9}),p=(\d{1,9})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/;

export function hashShape(hash: string): HashShape {
  const bcrypt = BCRYPT.exec(hash);
  if (bcrypt !== null) {
    const cost = Number(bcrypt[1]);
    if (cost < 4 || cost > MOST.bcryptCost)
      return { is: "unusable", why: `is bcrypt of cost ${cost}, and 4 to ${MOST.bcryptCost} are checked` };
    return { is: "bcrypt", shape: `bcrypt ${cost}` };
  }
  const argon2 = ARGON2ID.exec(hash);
  if (argon2 === null) return { is: "unusable", why: "is neither a bcrypt nor an argon2id hash" };
  const [memoryKiB = 0, rounds = 0, lanes = 0] = argon2.slice(1, 4).map(Number);
  if (memoryKiB < 8 || memoryKiB > MOST.memoryKiB || rounds < 1 || rounds > MOST.rounds)
    return { is: "unusable", why: "is an argon2id hash of a cost that is not checked" };
  if (lanes < 1 || lanes > MOST.lanes)
    return { is: "unusable", why: "is an argon2id hash of too many lanes" };
  return { is: "argon2id", shape: `argon2id ${memoryKiB} ${rounds} ${lanes}` };
}

/** What our own hashes look like. */
export const OUR_SHAPE = `argon2id ${ARGON2.memoryKiB} ${ARGON2.rounds} 1`;

/** A hash of a shape that costs what each of that shape costs to check, and is no password's. */
export function dummyHash(shape: string): string {
  const [kind, ...numbers] = shape.split(" ");
  if (kind === "bcrypt") return `$2b$${numbers[0]?.padStart(2, "0")}$${"A".repeat(21)}.${"A".repeat(30)}.`;
  const [memoryKiB, rounds, lanes] = numbers;
  return `$argon2id$v=19$m=${memoryKiB},t=${rounds},p=${lanes}$${"A".repeat(43)}$${"A".repeat(43)}`;
}

/** Whether it should be made anew once somebody shows the password. */
export function isWorthUpgrading(hash: string): boolean {
  return (
    hashShape(hash).is !== "argon2id" || !hash.includes(`$m=${ARGON2.memoryKiB},t=${ARGON2.rounds},p=1$`)
  );
}

/** In bytes of UTF-8. Beyond the most, hashing would be work for whoever wants to make work. */
const PASSWORD_BYTES = { least: 12, most: 1_024 };

/**
 * Whether it can be anybody's password at all. A text with half a surrogate pair is none: in UTF-8 all of these are the
 * same sign, so that several texts would open one account.
 */
export function couldBePassword(text: string): boolean {
  return (
    text !== "" &&
    text.length <= PASSWORD_BYTES.most &&
    text.isWellFormed() &&
    bytesOf(text) <= PASSWORD_BYTES.most
  );
}

/** Why it is not taken as a new password; undefined where it is. */
export function whyNoNewPassword(text: string, account: string): string | undefined {
  if (!text.isWellFormed()) return "it holds half of a sign";
  if (/\p{Cc}/u.test(text)) return "it holds a sign that nobody can type";
  if ([...text].length < PASSWORD_BYTES.least) return `it has fewer than ${PASSWORD_BYTES.least} signs`;
  if (!couldBePassword(text)) return `it has more than ${PASSWORD_BYTES.most} bytes`;
  if (new Set(text).size < 5) return "it has fewer than 5 different signs";
  if (text.toLowerCase().split(account.toLowerCase()).join("").length < PASSWORD_BYTES.least / 2)
    return "it is little more than the account's name";
  return undefined;
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

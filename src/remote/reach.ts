/** Where a name leads: found out before anything is sent there, and that very address is what is connected to then. */
import { lookup } from "node:dns/promises";
import { isInnerHost } from "../lib/inner-host.ts";
import { isNear } from "./near.ts";

/** `far`: out into the world alone. `not here`: not to this machine and its own link, unless from there. */
export type Reach = "anywhere" | "not here" | "far";

/** All addresses of a name. @throws {Error} with `code` where it has none */
export type LookUp = (name: string) => Promise<readonly string[]>;

export type Way =
  /** Whatever its name leads to, or it is an address itself. */
  | { is: "as named" }
  /** In the order in which they are to be tried. */
  | { is: "at"; addresses: readonly string[] }
  /** A sentence without a full stop. */
  | { is: "refused"; why: string };

/** Tried, of a name that has more. */
const MOST_ADDRESSES = 4;

export const lookUpName: LookUp = async (name) =>
  (await lookup(name, { all: true })).map(({ address }) => address);

/**
 * A name that leads out today may lead in tomorrow, and with the next answer of its server already: so whoever must stay
 * out connects to the addresses that were looked at.
 * @param from the origin of whoever led there, absent where nobody did: what is near may lead near
 * @throws {Error} where the name is not found
 */
export async function wayTo(
  url: string,
  reach: Reach,
  from: string | undefined,
  lookUp: LookUp,
): Promise<Way> {
  if (reach === "anywhere") return { is: "as named" };
  const { hostname } = new URL(url);
  const isForbidden = reach === "far" ? isInnerHost : isNear;
  const isAddress = /^\[|^[\d.]+$/.test(hostname);
  const addresses = isForbidden(hostname) || isAddress ? [] : await addressesOf(hostname, reach, lookUp);
  const near = isForbidden(hostname) ? hostname : addresses.find((one) => isForbidden(asHost(one)));
  if (near === undefined)
    return addresses.length === 0
      ? { is: "as named" }
      : { is: "at", addresses: addresses.slice(0, MOST_ADDRESSES) };
  if (reach === "not here" && from !== undefined && (await isItselfNear(from, lookUp)))
    return { is: "as named" };
  const leads = near === hostname ? `${hostname} is` : `${hostname} leads to ${near}, which is`;
  return { is: "refused", why: `${leads} ${PLACE[reach]}` };
}

/** Where a proxy asks for us, names of the world are the proxy's to find; but nobody goes out on that word alone. */
async function addressesOf(name: string, reach: Reach, lookUp: LookUp): Promise<readonly string[]> {
  try {
    return await lookUp(bare(name));
  } catch (cause) {
    if (reach === "far") throw cause;
    return [];
  }
}

const PLACE = { far: "in a network of its own", "not here": "this machine or its own network" } as const;

async function isItselfNear(from: string, lookUp: LookUp): Promise<boolean> {
  const { hostname } = new URL(from);
  if (isNear(hostname)) return true;
  const addresses = await lookUp(bare(hostname)).catch(() => []);
  return addresses.some((address) => isNear(asHost(address)));
}

/** As the URL parser writes hosts. */
function asHost(address: string): string {
  const [plain = ""] = address.split("%");
  return URL.parse(plain.includes(":") ? `http://[${plain}]` : `http://${plain}`)?.hostname ?? plain;
}

function bare(hostname: string): string {
  return hostname.replace(/\.$/, "");
}

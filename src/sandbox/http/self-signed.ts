import { createHash, generateKeyPairSync, randomBytes, sign } from "node:crypto";

/** PEM texts. The certificate is its own authority: whoever trusts it trusts this one server and nothing else. */
export interface SelfSigned {
  certificate: string;
  key: string;
}

const oid = {
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
  commonName: "2.5.4.3",
  basicConstraints: "2.5.29.19",
  keyUsage: "2.5.29.15",
  extendedKeyUsage: "2.5.29.37",
  subjectAltName: "2.5.29.17",
  subjectKeyIdentifier: "2.5.29.14",
  serverAuth: "1.3.6.1.5.5.7.3.1",
};

/**
 * A certificate (X.509 v3, P-256) for loopback: `127.0.0.1`, `::1` and `localhost`. clientcmd, and with it kubectl,
 * sends a token over TLS only, and there is no openssl where the demo runs.
 *
 * @param nowMs it is valid from an hour before, for a year
 */
export function selfSigned(nowMs: number): SelfSigned {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const spki = publicKey.export({ type: "spki", format: "der" });
  const algorithm = sequence(objectId(oid.ecdsaWithSha256));
  const name = sequence(set(sequence(objectId(oid.commonName), tagged(0x0c, Buffer.from("holdfast sandbox")))));
  const loopback6 = Buffer.concat([Buffer.alloc(15), Buffer.from([1])]);
  const names = sequence(tagged(0x87, Buffer.from([127, 0, 0, 1])), tagged(0x87, loopback6), tagged(0x82, Buffer.from("localhost")));
  const extensions = sequence(
    extension(oid.basicConstraints, sequence(tagged(0x01, Buffer.from([0xff]))), "critical"),
    // digitalSignature and keyCertSign
    extension(oid.keyUsage, tagged(0x03, Buffer.from([2, 0x84])), "critical"),
    extension(oid.extendedKeyUsage, sequence(objectId(oid.serverAuth)), "plain"),
    extension(oid.subjectAltName, names, "plain"),
    extension(oid.subjectKeyIdentifier, tagged(0x04, createHash("sha1").update(spki).digest()), "plain"),
  );
  // A serial number is positive: its first bit is 0.
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  const body = sequence(
    tagged(0xa0, tagged(0x02, Buffer.from([2]))),
    tagged(0x02, serial),
    algorithm,
    name,
    sequence(utcTime(nowMs - 3_600_000), utcTime(nowMs + 365 * 86_400_000)),
    name,
    spki,
    tagged(0xa3, extensions),
  );
  const signature = sign("sha256", body, privateKey);
  const certificate = sequence(body, algorithm, tagged(0x03, Buffer.concat([Buffer.from([0]), signature])));
  const lines = certificate.toString("base64").replace(/.{64}/g, "$&\n").trimEnd();
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

// ---- DER: a tag, a length, a content

function tagged(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const header = length < 0x80 ? [tag, length] : length < 0x100 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(header), content]);
}

function sequence(...parts: Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts));
}

function set(...parts: Buffer[]): Buffer {
  return tagged(0x31, Buffer.concat(parts));
}

function objectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const groups = [arc & 0x7f];
    for (let left = arc >> 7; left > 0; left >>= 7) groups.unshift((left & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return tagged(0x06, Buffer.from(bytes));
}

function utcTime(ms: number): Buffer {
  return tagged(0x17, Buffer.from(`${new Date(ms).toISOString().replace(/[-:T]/g, "").slice(2, 14)}Z`));
}

function extension(id: string, value: Buffer, weight: "critical" | "plain"): Buffer {
  return sequence(objectId(id), ...(weight === "critical" ? [tagged(0x01, Buffer.from([0xff]))] : []), tagged(0x04, value));
}

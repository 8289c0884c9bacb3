import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
} from "node:crypto";

/** PEM texts, and what a certificate that it signs needs of it. */
export interface Issued {
  certificate: string;
  key: string;
  commonName: string;
}

export interface CertificateAsk {
  commonName: string;
  /** DNS names, and addresses as their bytes: 4 or 16. */
  names?: readonly (string | Uint8Array)[];
  /** May sign others, may be a server, or both. */
  uses: readonly ("authority" | "server")[];
  /** Valid from an hour before. */
  nowMs: number;
  days: number;
  /** PEM of a key of P-256 that it is for; left out: a new one. */
  key?: string;
}

const oid = {
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
  commonName: "2.5.4.3",
  basicConstraints: "2.5.29.19",
  keyUsage: "2.5.29.15",
  extendedKeyUsage: "2.5.29.37",
  subjectAltName: "2.5.29.17",
  subjectKeyIdentifier: "2.5.29.14",
  authorityKeyIdentifier: "2.5.29.35",
  serverAuth: "1.3.6.1.5.5.7.3.1",
};

/**
 * A certificate (X.509 v3, P-256), for machines where there is no openssl.
 *
 * @param issuer left out: it signs itself
 */
export function issueCertificate(
  { commonName, names = [], uses, nowMs, days, key }: CertificateAsk,
  issuer?: Issued,
): Issued {
  const privateKey =
    key === undefined ? generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey : createPrivateKey(key);
  const spki = createPublicKey(privateKey).export({ type: "spki", format: "der" });
  const algorithm = sequence(objectId(oid.ecdsaWithSha256));
  const isAuthority = uses.includes("authority");
  const altNames = names.map((name) =>
    typeof name === "string" ? tagged(0x82, Buffer.from(name)) : tagged(0x87, Buffer.from(name)),
  );
  // keyUsage: digitalSignature is the first bit, keyCertSign the sixth.
  const usage = isAuthority ? Buffer.from([2, 0x84]) : Buffer.from([7, 0x80]);
  const extensions = sequence(
    extension(
      oid.basicConstraints,
      sequence(...(isAuthority ? [tagged(0x01, Buffer.from([0xff]))] : [])),
      "critical",
    ),
    extension(oid.keyUsage, tagged(0x03, usage), "critical"),
    ...(uses.includes("server")
      ? [extension(oid.extendedKeyUsage, sequence(objectId(oid.serverAuth)), "plain")]
      : []),
    ...(altNames.length > 0 ? [extension(oid.subjectAltName, sequence(...altNames), "plain")] : []),
    extension(oid.subjectKeyIdentifier, tagged(0x04, keyIdentifier(spki)), "plain"),
    ...(issuer === undefined
      ? []
      : [
          extension(
            oid.authorityKeyIdentifier,
            sequence(
              tagged(
                0x80,
                keyIdentifier(createPublicKey(issuer.key).export({ type: "spki", format: "der" })),
              ),
            ),
            "plain",
          ),
        ]),
  );
  // A serial number is positive: its first bit is 0.
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  const body = sequence(
    tagged(0xa0, tagged(0x02, Buffer.from([2]))),
    tagged(0x02, serial),
    algorithm,
    distinguishedName(issuer?.commonName ?? commonName),
    sequence(utcTime(nowMs - 3_600_000), utcTime(nowMs + days * 86_400_000)),
    distinguishedName(commonName),
    spki,
    tagged(0xa3, extensions),
  );
  const signature = sign("sha256", body, issuer?.key ?? privateKey);
  const certificate = sequence(body, algorithm, tagged(0x03, Buffer.concat([Buffer.from([0]), signature])));
  const lines = certificate.toString("base64").replace(/.{64}/g, "$&\n").trimEnd();
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    commonName,
  };
}

/** Any digest would do: it tells keys apart and proves nothing. */
function keyIdentifier(spki: Buffer): Buffer {
  return createHash("sha1").update(spki).digest();
}

function distinguishedName(commonName: string): Buffer {
  return sequence(tagged(0x31, sequence(objectId(oid.commonName), tagged(0x0c, Buffer.from(commonName)))));
}

// ---- DER: a tag, a length, a content

function tagged(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const header =
    length < 0x80
      ? [tag, length]
      : length < 0x100
        ? [tag, 0x81, length]
        : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(header), content]);
}

function sequence(...parts: Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts));
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
  return sequence(
    objectId(id),
    ...(weight === "critical" ? [tagged(0x01, Buffer.from([0xff]))] : []),
    tagged(0x04, value),
  );
}

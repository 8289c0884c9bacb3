/** A mail as it stands in a mailbox, read by the rules of RFC 5322 and 2045, without the library that wrote it. */

export interface MailParts {
  /** By name in small letters; unfolded, and of several of one name the first. */
  headers: Record<string, string>;
  /** Of `multipart/alternative`, in order; decoded, with `\n` at the end of each line. */
  parts: { type: string; text: string }[];
}

/** @throws {Error} where it is none */
export function partsOf(mail: string): MailParts {
  const { headers, body } = headAndBody(mail.replace(/\r\n/g, "\n"));
  const boundary = /boundary="?([^";]+)"?/.exec(headers["content-type"] ?? "")?.[1];
  if (boundary === undefined) throw new Error(`a mail without parts: ${headers["content-type"]}`);
  const [, ...chunks] = `\n${body}`.split(`\n--${boundary}`);
  if (chunks.pop()?.startsWith("--") !== true) throw new Error("its last part has no end");
  return {
    headers,
    parts: chunks.map((chunk) => {
      const { headers: own, body: text } = headAndBody(chunk.replace(/^[ \t]*\n/, ""));
      const [type = ""] = (own["content-type"] ?? "").split(";");
      return { type, text: decoded(text, own["content-transfer-encoding"] ?? "7bit") };
    }),
  };
}

function headAndBody(text: string): { headers: Record<string, string>; body: string } {
  const end = text.indexOf("\n\n");
  const lines = text
    .slice(0, end)
    .replace(/\n[ \t]+/g, " ")
    .split("\n");
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const [, name = "", value = ""] = /^([!-9;-~]+):[ \t]*(.*)$/.exec(line) ?? [];
    headers[name.toLowerCase()] ??= value;
  }
  return { headers, body: text.slice(end + 2) };
}

/** @throws {Error} of an encoding that is none */
function decoded(text: string, encoding: string): string {
  switch (encoding.toLowerCase()) {
    case "7bit":
    case "8bit":
      return text;
    case "base64":
      return Buffer.from(text, "base64").toString().replace(/\r\n/g, "\n");
    case "quoted-printable": {
      const bytes = text
        .replace(/=[ \t]*\n/g, "")
        .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
      return Buffer.from(bytes, "latin1").toString();
    }
    default:
      throw new Error(`an encoding of its own: ${encoding}`);
  }
}

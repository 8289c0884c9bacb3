/** Where clouds tell their machines their credentials. */

/** Addresses of one link, where clouds have them, and the names that lead there. @param hostname as the URL parser writes it */
export function isMetadataService(hostname: string): boolean {
  const host = hostname.toLowerCase().replace(/\.$/, "");
  return (
    /^169\.254\./.test(host) ||
    /^\[fe[89ab]/.test(host) ||
    /^\[::ffff:a9fe:/.test(host) ||
    host === "[fd00:ec2::254]" ||
    host === "100.100.100.200" ||
    /^(?:metadata|instance-data)(?:\.|$)/.test(host)
  );
}

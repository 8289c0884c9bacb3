/** The Pod that a sentence names as what is to blame: `apps/Deployment shop/web: Pod web-5d4 container web waits: …`. */
export function blamedPod(text: string): { namespace: string; name: string } | undefined {
  const [, namespace, name] =
    /^\S+ ([\w.-]+)\/[\w.-]+: (?:[\w.-]+ [\w.-]+: )?Pod ([\w.-]+) (?:init )?container /.exec(text) ?? [];
  return namespace === undefined || name === undefined ? undefined : { namespace, name };
}
